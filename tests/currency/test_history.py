"""The central bank's historical feed: past days for looking back, and files that are refused whole."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from marketplace.currency import actions, files, rates
from marketplace.currency.models import RateSet
from marketplace.events.models import Event

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 9, 12, tzinfo=UTC)
CODES = ("USD", "JPY", "CZK", "DKK", "GBP", "HUF", "PLN", "RON", "SEK", "CHF")


def feed(*days: tuple[str, str]) -> bytes:
    """Write days of rates as the bank does: each time a factor on the rates of the package's file."""
    known = files.embedded().per_euro
    cubes = "".join(
        f'<Cube time="{day}">'
        + "".join(f'<Cube currency="{c}" rate="{known[c] * Decimal(factor)}"/>' for c in CODES)
        + "</Cube>"
        for day, factor in days
    )
    return f'<?xml version="1.0"?><E><Cube>{cubes}</Cube></E>'.encode()


def test_every_day_is_read_newest_first():
    found = files.ecb_days(feed(("2026-11-02", "1.1"), ("2026-11-04", "1"), ("2026-11-03", "1.2")), "hist")

    usual = files.embedded().per_euro["USD"]
    assert [(one.as_of.day, one.per_euro["USD"] / usual) for one in found] == [
        (4, Decimal(1)),
        (3, Decimal("1.2")),
        (2, Decimal("1.1")),
    ]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (feed(("2026-11-02", "1.1"), ("2026-11-02", "1.2")), "twice"),
        (feed(("2026-11-31", "1.1")), "not a day"),
        (feed(("2026-11-02", "1.1"), ("2026-11-03", "0")), "above zero"),
        (feed(), "no day"),
        (b"<E><Cube><Cube currency='USD' rate='1'/></Cube></E>", "has no day"),
        (feed(("2026-11-02", "1.1"))[:-30], "not readable"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>', "not readable"),
    ],
)
def test_a_bad_file_is_refused_whole(tmp_path: Path, content: bytes, words: str):
    file = tmp_path / "rates.xml"
    file.write_bytes(content)

    with pytest.raises(CommandError, match=words):
        call_command("load_rates", str(file))

    assert not RateSet.objects.exists()


def test_missing_days_are_kept_once_and_an_absurd_one_waits():
    days = files.ecb_days(
        feed(("2026-11-04", "1.1"), ("2026-11-03", "9"), ("2026-11-02", "1.05"), ("2026-10-28", "1")), "hist"
    )
    usual = files.embedded().per_euro["USD"]

    assert actions.load_history(days, at=NOON) == 4
    assert actions.load_history(days, at=NOON) == 0

    states = dict(RateSet.objects.values_list("as_of", "state"))
    assert states[date(2026, 11, 3)] == RateSet.State.DRAFT
    assert {state for day, state in states.items() if day.day != 3} == {RateSet.State.ACTIVE}
    assert rates.on_day(date(2026, 11, 3)).per_euro["USD"] == usual * Decimal("1.05")
    assert rates.on_day(date(2026, 11, 9)).per_euro["USD"] == usual * Decimal("1.1")
    assert rates.current().as_of == date(2026, 11, 4)
    assert Event.objects.filter(name="RatesPublished").count() == 2  # 2 and 4 November came into force
