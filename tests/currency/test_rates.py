"""Rates: where they come from, how long they may be promised, and how one is held for a deal."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from marketplace.accounts.models import User
from marketplace.currency import actions, files, rates
from marketplace.currency.models import FxLock, RateSet, SpreadRule
from marketplace.events.models import Event
from marketplace.kit.explain import Certainty
from marketplace.kit.money import Money

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def finance(email: str) -> User:
    return User.objects.create_user(email, is_staff=True, desk="finance")


def day(as_of: date, **per_euro: str) -> files.DayOfRates:
    return files.DayOfRates(as_of, {code: Decimal(rate) for code, rate in per_euro.items()}, "a paper")


def test_the_embedded_file_is_the_default_and_its_newest_day_is_shown():
    table = rates.current()

    assert table.as_of >= date(2026, 10, 30)
    assert len(files.embedded().per_euro) >= 29
    assert {"KES", "VND", "ARS", "PEN"} <= table.illustrative


def test_cross_rates_keep_full_precision_and_round_trip():
    table = rates.RateTable(NOON.date(), "test", {"USD": Decimal("1.1172"), "JPY": Decimal("175.68")})

    assert table.cross("USD", "JPY") == Decimal("175.68") / Decimal("1.1172")
    assert table.convert(Money(Decimal(100), "USD"), "JPY").rounded() == Money(Decimal(15725), "JPY")
    with pytest.raises(rates.NoRate):
        table.cross("EUR", "KES")


def test_warm_reads_cost_no_statement():
    rates.current()

    with CaptureQueriesContext(
        connection,
    ) as seen:
        for _ in range(50):
            rates.customer_rate("ARS", "CNY")

    assert len(seen) == 0


def test_the_margin_is_against_the_customer_and_the_most_exact_rule_wins():
    SpreadRule.objects.create(base="KES", quote="", basis_points=80)
    SpreadRule.objects.create(base="KES", quote="EUR", basis_points=30)
    SpreadRule.objects.create(base="KES", quote="EUR", tier="gold", basis_points=10)
    rates.forget()

    found = rates.customer_rate("KES", "EUR")

    assert found.rate == found.market * Decimal("1.003")
    assert rates.customer_rate("KES", "USD").spread_bp == 80
    assert rates.customer_rate("KES", "EUR", "gold").spread_bp == 10
    assert rates.customer_rate("EUR", "USD").spread_bp == 50
    assert rates.customer_rate("EUR", "EUR").rate == 1


@pytest.mark.parametrize(
    ("age", "certainty"), [(0, Certainty.FIXED), (7, Certainty.FIXED), (8, Certainty.ESTIMATE)]
)
def test_stale_rates_turn_a_promise_into_an_estimate(settings, age, certainty):
    settings.RATES_MAX_AGE_DAYS = 7
    rates.forget()
    table = rates.current()

    assert table.certainty(table.as_of + timedelta(days=age), "USD", "JPY") == certainty
    assert table.certainty(table.as_of + timedelta(days=900), "USD", "USD") == Certainty.FIXED
    assert table.certainty(table.as_of, "USD", "XAU") == Certainty.NOT_POSSIBLE


def test_illustrative_rates_promise_nothing_outside_the_demo(settings):
    settings.DEMO = False
    rates.forget()

    assert not rates.current().has("KES")


def test_loading_a_day_twice_changes_nothing():
    first = actions.load(files.embedded(), source="ecb", at=NOON)

    again = actions.load(files.embedded(), source="ecb", at=NOON)

    assert again.pk == first.pk
    assert [e.name for e in Event.objects.about(first.number)] == ["RatesPublished"]


def test_an_absurd_jump_waits_for_a_person():
    before = rates.current().per_euro["USD"]

    found = actions.load(day(date(2026, 11, 1), USD=str(before * 2)), source="ecb", at=NOON)

    assert found.state == RateSet.State.DRAFT
    assert rates.current().per_euro["USD"] == before


def test_entered_rates_need_two_people_of_the_finance_desk():
    ann, bob = finance("ann@sampan.example"), finance("bob@sampan.example")
    entered = actions.enter(day(date(2026, 11, 1), KES="151"), by=ann, at=NOON)
    assert rates.current().per_euro["KES"] == Decimal("150.96")

    with pytest.raises(actions.SecondPersonNeeded):
        actions.approve(number=entered.number, by=ann, at=NOON)
    with pytest.raises(actions.NotYourDesk):
        actions.approve(number=entered.number, by=User.objects.create_user("x@y.example"), at=NOON)
    actions.approve(number=entered.number, by=bob, at=NOON)

    assert rates.current().per_euro["KES"] == Decimal(151)
    assert "KES" not in rates.current().illustrative
    with pytest.raises(actions.AlreadyDecided):
        actions.reject(number=entered.number, by=bob, at=NOON)


def test_a_lock_keeps_its_rate_and_serves_one_deal():
    held = actions.lock([("ARS", "CNY"), ("EUR", "EUR")], NOON)
    assert held.rate("ARS", "CNY") == rates.customer_rate("ARS", "CNY").rate
    assert held.expires_at == NOON + timedelta(minutes=30)

    used = actions.use_lock(held.number, "GRP-1", NOON)

    assert actions.use_lock(held.number, "GRP-1", NOON + timedelta(hours=2)) == used
    with pytest.raises(actions.LockUsed):
        actions.use_lock(held.number, "GRP-2", NOON)


def test_an_expired_lock_is_refused_and_stays_unused():
    held = actions.lock([("ARS", "CNY")], NOON)

    with pytest.raises(actions.LockExpired):
        actions.use_lock(held.number, "GRP-1", NOON + timedelta(minutes=30))

    assert FxLock.objects.get(pk=held.pk).used_by is None


def test_stale_rates_are_not_locked(settings):
    settings.RATES_MAX_AGE_DAYS = 7
    rates.forget()

    with pytest.raises(actions.RatesTooOld):
        actions.lock([("USD", "JPY")], NOON + timedelta(days=60))

    assert not FxLock.objects.exists()


ECB = (
    b'<?xml version="1.0"?><E><Cube><Cube time="2026-11-02">'
    + b"".join(
        b'<Cube currency="%s" rate="%d.5"/>' % (c.encode(), n + 1)
        for n, c in enumerate(["USD", "JPY", "CZK", "DKK", "GBP", "HUF", "PLN", "RON", "SEK", "CHF"])
    )
    + b"</Cube></Cube></E>"
)


def test_the_feed_is_read_and_broken_feeds_are_refused():
    found = files.ecb_xml(ECB, "feed")

    assert (found.as_of, found.per_euro["JPY"]) == (date(2026, 11, 2), Decimal("2.5"))
    for broken in (
        ECB[:-20],
        b"<a/>",
        ECB.replace(b'"2.5"', b'"-1"'),
        b"\xff\xfe",
        ECB.replace(b'"2.5"', b'"NaN"'),
    ):
        with pytest.raises(files.BadRates):
            files.ecb_xml(broken, "feed")
    with pytest.raises(files.BadRates, match="row 3"):
        files.own_csv(b"currency,per_euro,as_of\nKES,1,2026-01-01\nXYZ,2,2026-01-01\n", "mine")


def test_a_past_day_has_its_own_rates():
    assert rates.on_day(date(2026, 3, 1)).as_of == date(2026, 2, 27)
