"""A tariff file becomes a version that two people put in force."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from customs import stored
from customs.models import Measure, TariffVersion
from customs.tariffs import readers, versions
from marketplace.accounts.models import User

AT = datetime(2026, 11, 24, tzinfo=UTC)
FILE = b"code,kind,origin_area,expression,valid_from,valid_to\n61091000,third_country_duty,ERGA OMNES,15%,2026-01-01,\n"  # noqa: E501
HEAD = FILE.splitlines(keepends=True)[0]


def rate():
    stored.forget()
    rows = stored.tariff().rows(("US",), "61091000")
    duty = [
        row
        for row in rows
        if row.kind == "third_country_duty" and row.holds(date(2026, 11, 24), frozenset({"ERGA OMNES"}))
    ]
    return [row.expression.text for row in duty]


def test_a_second_person_activates_and_the_old_rates_come_back(tariff, django_user_model):
    first, second = (User.objects.create(email=f"{n}@example.com") for n in "ab")
    version = versions.propose(
        destination="US", name="own-csv", raw=FILE, label="New rates", source="test", by=first, at=AT
    )
    assert (version.summary["changed"], rate()) == (1, ["16.5%"])

    with pytest.raises(versions.SamePerson):
        versions.activate(version_id=version.pk, by=first, at=AT)
    assert rate() == ["16.5%"]
    versions.activate(version_id=version.pk, by=second, at=AT)
    assert rate() == ["15%"]

    versions.roll_back(version_id=version.pk)
    assert rate() == ["16.5%"]


@pytest.mark.parametrize(
    ("raw", "row", "column"),
    [
        (FILE[:-30], 2, "row"),
        (b"\xff\xfe" + FILE, 1, "encoding"),
        (b"code,kind\n1,2\n", 1, "origin_area"),
        (FILE + FILE.splitlines()[1], 3, "valid_from"),
        (HEAD + b"abc,third_country_duty,ERGA OMNES,1%,,\n", 2, "code"),
        (HEAD + b"610910,third_country_duty,ERGA OMNES,1%,2026-02-30,\n", 2, "valid_from"),
        (HEAD, 0, "file"),
    ],
)
def test_a_broken_file_names_row_and_column_and_loads_nothing(tariff, raw, row, column):
    user = User.objects.create(email="a@example.com")
    before = (TariffVersion.objects.count(), Measure.objects.count())

    with pytest.raises(readers.BadFile) as problem:
        versions.propose(destination="US", name="own-csv", raw=raw, label="x", source="x", by=user, at=AT)

    assert (problem.value.faults[0].row, problem.value.faults[0].column) == (row, column)
    assert (TariffVersion.objects.count(), Measure.objects.count()) == before
