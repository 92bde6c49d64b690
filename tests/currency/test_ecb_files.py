"""The files of the European Central Bank: a day, ninety days, the history; bad ones change nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from marketplace.currency import actions, files, rates
from marketplace.currency.models import RateSet

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
NEWEST = date(2026, 11, 2)
CODES = ("USD", "JPY", "CZK", "DKK", "GBP", "HUF", "PLN", "RON", "SEK", "CHF", "CNY", "MYR")
HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" '
    'xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref"><gesmes:subject>Reference rates'
    "</gesmes:subject><gesmes:Sender><gesmes:name>European Central Bank</gesmes:name></gesmes:Sender><Cube>"
)


def day(on: date, first: int) -> str:
    cubes = "".join(f'<Cube currency="{code}" rate="{first + n}.5"/>' for n, code in enumerate(CODES))
    return f'<Cube time="{on.isoformat()}">{cubes}</Cube>'


def feed(days: int) -> bytes:
    """Write a feed as the bank does: the newest day first, each day with its own rates."""
    body = "".join(day(NEWEST - timedelta(days=back), 1 + back) for back in range(days))
    return f"{HEAD}{body}</Cube></gesmes:Envelope>".encode()


@pytest.mark.parametrize("days", [1, 62, 6_900])
def test_the_newest_day_of_a_daily_a_quarterly_and_a_historical_file_is_read(days: int):
    found = files.ecb_xml(feed(days), "feed")

    assert (found.as_of, len(found.per_euro)) == (NEWEST, len(CODES))
    assert (found.per_euro["USD"], found.per_euro["MYR"]) == (Decimal("1.5"), Decimal("12.5"))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        feed(1)[:-30],
        feed(90)[: len(feed(90)) // 2],
        feed(1).replace(b'rate="2.5"', b'rate="-2.5"'),
        feed(1).replace(b'rate="2.5"', b'rate="two"'),
        feed(1).replace(b'rate="2.5"', b""),
        feed(1).replace(b"time=", b"when="),
        feed(3).replace(b'time="2026-11-01"', b'time="1 November"'),
        b'<!DOCTYPE a [<!ENTITY x "y">]>' + feed(1).split(b"?>", 1)[1],
    ],
)
def test_a_bad_file_is_refused_and_the_rates_in_force_stay(content: bytes):
    before = rates.current()

    with pytest.raises(files.BadRates, match="feed"):
        actions.load(files.ecb_xml(content, "feed"), source="ecb", at=NOON)

    assert not RateSet.objects.exists()
    rates.forget()
    assert rates.current().per_euro == before.per_euro


def test_a_day_that_is_no_day_is_named_with_its_place():
    content = feed(3).replace(b'time="2026-11-01"', b'time="1 November"')

    with pytest.raises(files.BadRates, match="feed, day 2 of the file: '1 November' is not a day"):
        files.ecb_days(content, "feed")


def test_a_history_in_any_order_gives_the_newest_day_first():
    days = [day(NEWEST - timedelta(days=back), 1 + back) for back in (2, 0, 3, 1)]

    found = files.ecb_days(f"{HEAD}{''.join(days)}</Cube></gesmes:Envelope>".encode(), "feed")

    assert [one.as_of for one in found] == [NEWEST - timedelta(days=back) for back in range(4)]
    assert found[0].per_euro["USD"] == Decimal("1.5")
