"""A tariff file becomes a version that two people put in force, on its legal day, and can take back."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from customs import stored
from customs.models import (
    Measure,
    MeasureCondition,
    SignatureAct,
    TariffVersion,
    VersionSignature,
    VersionState,
)
from customs.tariffs import readers, versions
from marketplace.accounts.models import User
from marketplace.events.models import Event
from tests.customs.shared import shared

AT = datetime(2026, 11, 24, tzinfo=UTC)
NOTE = "Checked on two codes against the source."
HEAD = b"code,kind,origin_area,expression,valid_from,valid_to\n"
FILE = HEAD + b"61091000,third_country_duty,ERGA OMNES,15%,2026-01-01,\n"


def rate(on: date = date(2026, 11, 24)) -> list[str]:
    stored.forget()
    rows = stored.tariff().rows(("US",), "61091000")
    return [
        row.expression.text
        for row in rows
        if row.kind == "third_country_duty" and row.holds(on, frozenset({"ERGA OMNES"})) and row.expression
    ]


def people() -> tuple[User, User]:
    first, second = (User.objects.create(email=f"{name}@example.com") for name in "ab")
    return first, second


def proposed(raw: bytes, by: User, starts_on: date | None = None) -> TariffVersion:
    return versions.propose(
        destination="US", name="own-csv", raw=raw, label="New rates", source="test", by=by, at=AT,
        starts_on=starts_on,
    )  # fmt: skip


def test_a_second_person_activates_and_two_people_take_it_back(tariff: stored.Tariff) -> None:
    first, second = people()
    version = proposed(FILE, first)
    assert (version.summary["changed"], rate()) == (1, ["16.5%"])

    with pytest.raises(versions.SamePerson):
        versions.activate(version_id=version.pk, by=first, at=AT, note=NOTE)
    assert rate() == ["16.5%"]
    versions.activate(version_id=version.pk, by=second, at=AT, note=NOTE)
    assert rate() == ["15%"]

    with pytest.raises(versions.NotWaiting):
        versions.take_back(version_id=version.pk, by=first, note=NOTE, at=AT)
    versions.ask_back(version_id=version.pk, by=second, note=NOTE, at=AT)
    with pytest.raises(versions.SameAsker):
        versions.take_back(version_id=version.pk, by=second, note=NOTE, at=AT)
    versions.take_back(version_id=version.pk, by=first, note=NOTE, at=AT)
    assert rate() == ["16.5%"]
    acts = VersionSignature.objects.filter(version=version).values_list("act", "person")
    assert list(acts) == [
        (SignatureAct.ACTIVATE, second.pk),
        (SignatureAct.ASK_BACK, second.pk),
        (SignatureAct.TAKE_BACK, first.pk),
    ]
    assert Event.objects.filter(name="TariffActivated", subject=str(version.pk)).count() == 2


def test_a_version_with_a_legal_day_speaks_from_that_day_on(tariff: stored.Tariff) -> None:
    first, second = people()
    version = proposed(FILE, first, starts_on=date(2026, 12, 1))

    versions.activate(version_id=version.pk, by=second, at=AT, note=NOTE)

    assert rate(date(2026, 11, 30)) == ["16.5%"]
    assert rate(date(2026, 12, 1)) == ["15%"]


def test_a_second_loaded_version_replaces_the_first_from_its_day(tariff: stored.Tariff) -> None:
    first, second = people()
    for text, day in ((b"15%", date(2026, 12, 1)), (b"14%", date(2027, 1, 1))):
        version = proposed(FILE.replace(b"15%", text), first, starts_on=day)
        versions.activate(version_id=version.pk, by=second, at=AT, note=NOTE)

    assert [rate(date(2026, 11, 30)), rate(date(2026, 12, 31)), rate(date(2027, 1, 1))] == [
        ["16.5%"], ["15%"], ["14%"]
    ]  # fmt: skip


def test_a_coming_version_can_be_looked_at_before_it_is_in_force(tariff: stored.Tariff) -> None:
    first, _second = people()
    version = proposed(FILE, first)

    with stored.using(stored.with_coming(version.pk)):
        rows = [row for row in stored.tariff().rows(("US",), "61091000") if row.kind == "third_country_duty"]

    assert [row.expression.text for row in rows if row.expression] == ["15%"]
    assert rate() == ["16.5%"]


def test_a_version_that_was_sent_back_is_never_used(tariff: stored.Tariff) -> None:
    first, second = people()
    version = proposed(FILE, first)

    versions.send_back(version_id=version.pk, by=second, note=NOTE, at=AT)

    with pytest.raises(versions.NotWaiting):
        versions.activate(version_id=version.pk, by=second, at=AT, note=NOTE)
    assert rate() == ["16.5%"]


@pytest.mark.parametrize("note", ["", "ok", "   yes    "])
def test_an_act_without_a_reason_is_refused(tariff: stored.Tariff, note: str) -> None:
    first, second = people()
    version = proposed(FILE, first)

    with pytest.raises(versions.NoReason):
        versions.activate(version_id=version.pk, by=second, at=AT, note=note)

    version.refresh_from_db()
    assert (version.state, rate()) == (VersionState.PROPOSED, ["16.5%"])


def test_a_version_can_be_taken_back_for_thirty_days(tariff: stored.Tariff) -> None:
    first, second = people()
    version = proposed(FILE, first)
    versions.activate(version_id=version.pk, by=second, at=AT, note=NOTE)

    with pytest.raises(versions.TooLate):
        versions.ask_back(version_id=version.pk, by=first, note=NOTE, at=AT + timedelta(days=31))


def test_the_difference_names_what_is_added_changed_and_gone(tariff: stored.Tariff) -> None:
    first, second = people()
    rows = [b"61091000,third_country_duty,ERGA OMNES,12%,,", b"62142000,third_country_duty,ERGA OMNES,1%,,"]
    version = proposed(HEAD + b"\n".join(rows) + b"\n", first)
    versions.activate(version_id=version.pk, by=second, at=AT, note=NOTE)
    new = [b"61091000,third_country_duty,ERGA OMNES,13%,,", b"63012000,third_country_duty,ERGA OMNES,2%,,"]

    version = proposed(HEAD + b"\n".join(new) + b"\n", first)

    assert {what: version.summary[what] for what in ("added", "changed", "gone", "same")} == {
        "added": 1, "changed": 1, "gone": 1, "same": 0,
    }  # fmt: skip
    assert [(c.code, c.old, c.new) for c in versions.changes(version, "changed")] == [
        ("61091000", "12%", "13%")
    ]
    assert [(c.code, c.old, c.new) for c in versions.changes(version, "gone")] == [("62142000", "1%", None)]
    assert [(c.code, c.old, c.new) for c in versions.changes(version, "added")] == [("63012000", None, "2%")]


def test_papers_and_company_codes_of_a_file_are_kept(tariff: stored.Tariff) -> None:
    first, _second = people()
    raw = (
        b"code,kind,origin_area,expression,valid_from,valid_to,papers,additional_code\n"
        b"61091000,preference,KE,Free,,,U088 N954,\n61091000,anti_dumping,CN,48.5%,,,,C999\n"
    )

    version = proposed(raw, first)

    assert list(version.measures.order_by("pk").values_list("kind", "additional_code")) == [
        ("preference", ""),
        ("anti_dumping", "C999"),
    ]
    assert list(MeasureCondition.objects.filter(measure__version=version).values_list("document_code", flat=True)) == [
        "U088", "N954",
    ]  # fmt: skip


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
def test_a_broken_file_names_row_and_column_and_loads_nothing(
    tariff: stored.Tariff, raw: bytes, row: int, column: str
) -> None:
    user = User.objects.create(email="a@example.com")
    before = (TariffVersion.objects.count(), Measure.objects.count())

    with pytest.raises(readers.BadFile) as problem:
        proposed(raw, user)

    assert (problem.value.faults[0].row, problem.value.faults[0].column) == (row, column)
    assert (TariffVersion.objects.count(), Measure.objects.count()) == before


def test_the_whole_american_file_becomes_a_version(tariff: stored.Tariff) -> None:
    user = User.objects.create(email="a@example.com")
    with shared("data/us_hts8_mfn_2025.csv").open("rb") as raw:
        version = versions.propose(
            destination="US", name="usitc-database", raw=raw, label="HTS 2025", source="USITC", by=user, at=AT
        )

    assert version.measures.count() == version.summary["rows"] == 12_690
    assert version.summary["not_expressible"]["the rate is that of another tariff line"] == 473
