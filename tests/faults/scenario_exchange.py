"""Locked rates: too late, twice at once, too old; and what three decimals leave over (plan 17)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from django.db import transaction
from django.test import override_settings

from catalog.models import Variant
from marketplace.currency import actions as currency
from marketplace.currency import rates
from marketplace.currency.models import FxLock
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal
from orders.models import OrderGroup, Quote
from orders.payments import actions, books
from tests.faults.house import Buyer, House, together
from tests.faults.stock import goods, left
from tests.payments.world import NOON, broken, money, prepared, share

PAIRS: Final = [("EUR", "JPY")]


def _use(number: str, by: str, minutes: int) -> bool:
    try:
        with transaction.atomic():
            currency.use_lock(number, by, NOON + timedelta(minutes=minutes))
    except Refusal:
        return False
    return True


def a_locked_rate_is_used_once_and_never_after_its_time() -> None:
    """Eight buyers at once get one use of a lock; after 30 minutes it is refused."""
    first, late = (currency.lock(PAIRS, NOON).number for _ in range(2))

    used = together([partial(_use, first, f"GRP-{n}", 5) for n in range(8)], 8)

    assert sorted(used) == [False] * 7 + [True], used
    assert _use(late, "GRP-9", 31) is False
    assert FxLock.objects.get(number=late).used_by is None


def stale_rates_lock_nothing() -> None:
    """A week is the limit outside of the demo: older rates are refused and nothing is stored."""
    before, newest = FxLock.objects.count(), rates.current().as_of
    day = datetime(newest.year, newest.month, newest.day, 12, tzinfo=UTC)
    try:
        with override_settings(RATES_MAX_AGE_DAYS=7):
            rates.forget()
            assert currency.lock(PAIRS, day + timedelta(days=7)).pk
            currency.lock(PAIRS, day + timedelta(days=8))
    except currency.RatesTooOld:
        before += 1
    else:
        raise AssertionError("a stale rate was locked")
    finally:
        rates.forget()

    assert FxLock.objects.count() == before


def what_cannot_be_charged_is_booked_as_rounding() -> None:
    """KWD has three decimals and Stripe charges tens of fils: the rest is one booked line, below one unit."""
    payment = prepared("GRP-1", {"ORD-1": share("KWD", tax="49.987")})

    actions.record_capture("GRP-1", payment.charged, charge="ch_1", at=NOON)

    rest = payment.money - payment.charged
    assert rest
    assert abs(rest.amount) < money("0.01", "KWD").amount, rest
    assert books.balance("writeoff:rounding", "KWD") == rest
    assert books.balance("order:ORD-1:hold", "KWD") == Money(payment.amount, "KWD")
    assert broken() == [], broken()


def _ran_out(form: dict[str, str]) -> Quote:
    """Let a quote and its rate be 31 minutes old."""
    ago = timedelta(minutes=31)
    quote = Quote.objects.get(number=form["quote"])
    Quote.objects.filter(pk=quote.pk).update(
        given_at=quote.given_at - ago, valid_until=quote.valid_until - ago
    )
    for lock in FxLock.objects.filter(number=quote.fx_lock):
        FxLock.objects.filter(pk=lock.pk).update(
            locked_at=lock.locked_at - ago, expires_at=lock.expires_at - ago
        )
    return quote


def a_quote_that_ran_out_is_not_charged(house: House) -> None:
    """The half hour ends before the button is pressed: a fresh quote carries the order, or is shown."""
    goods("COFFEE", 60)
    same, dearer = Buyer(house), Buyer(house)
    forms = []
    for buyer in (same, dearer):
        buyer.fill({"COFFEE": 1})
        forms.append(buyer.checkout())
    old = [_ran_out(form) for form in forms]

    status = same.order(forms[0]).status_code

    group = OrderGroup.objects.get(key=forms[0]["key"])
    assert (status, group.total_amount) == (302, old[0].total_amount)
    assert group.quote is not None
    assert group.quote.number != old[0].number
    assert not FxLock.objects.filter(number__in=[one.fx_lock for one in old]).exclude(used_by=None).exists()
    assert left("COFFEE") == 59
    price = Variant.objects.values_list("price_amount", flat=True).get(sku="COFFEE")
    try:
        Variant.objects.filter(sku="COFFEE").update(price_amount=price * 2)
        shown = dearer.order(forms[1])
    finally:
        Variant.objects.filter(sku="COFFEE").update(price_amount=price)
    assert shown.status_code == 409, shown.status_code
    assert not OrderGroup.objects.filter(key=forms[1]["key"]).exists()
    assert left("COFFEE") == 59
    house.age(group.number, 90)


SCENARIOS = (
    a_locked_rate_is_used_once_and_never_after_its_time,
    stale_rates_lock_nothing,
    what_cannot_be_charged_is_booked_as_rounding,
)
HOUSE = (a_quote_that_ran_out_is_not_charged,)
