"""A buyer pays in JPY, KWD, EUR and CNY; four sellers, paid in ARS, MYR, KES and VND, stand in each cart.

Goods: a gourd set ARS 2 × 28,000, a sarong MYR 89, a basket KES 3,900, a scarf VND 450,000; commission 6 %.
Rates of 30 October 2026; ARS, KES, VND and KWD are the demo world's. One order is called off before it is
sent (all goes back), one gets EUR 5 (or its like) back after it was received, two go through. At the end each
account is asserted: what is left on it is exactly what we still owe to a carrier, an insurer, a tax office,
or what we earned.
"""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils import timezone

from marketplace.kit.money import Money, chargeable, stripe_units, total
from orders.actions import cancel
from orders.models import BuyerInvoice, Order, OrderGroup
from orders.payments import actions as payments
from orders.payments.models import Account, Payment, Refund
from orders.payments.shares import PARTS, refund_by_parts
from tests.journeys import deal as deals
from tests.journeys import steps
from tests.journeys.deal import Deal, assert_books_balance
from tests.orders import world

pytestmark = [pytest.mark.django_db, pytest.mark.filterwarnings("ignore::DeprecationWarning")]
LINES = {"GOURD": 2, "BATIK": 1, "BASKET": 1, "SCARF": 1}
MAKERS = {
    "AR3": ("Mate Rosario", "AR", "Rosario", "S2000", "ARS"),
    "VN1": ("Lua Hoi An", "VN", "Hoi An", "51300", "VND"),
}
GOODS = {
    "GOURD": {
        "maker": "AR3", "title": "Mate basket", "hs": "460219", "customs": "basket of palm leaf for mate",
        "price": "28000", "net": "0.3", "gross": "0.4", "size": ("16", "12", "12"),
    },
    "SCARF": {
        "maker": "VN1", "title": "Silk scarf", "hs": "621410", "customs": "woven scarf of silk, hand hemmed",
        "price": "450000", "net": "0.09", "gross": "0.12", "size": ("20", "16", "2"),
    },
}  # fmt: skip
# What the four makers get: ARS 56,000 − 3,360; KES 3,900 − 234; MYR 89 − 5.34; VND 450,000 − 27,000.
NET = {"ARS": "52640.00", "KES": "3666.00", "MYR": "83.66", "VND": "423000"}
WHERE = {
    "JPY": ("JP", "100-0001", "Tokyo"),
    "KWD": ("DE", "10115", "Berlin"),
    "EUR": ("DE", "10115", "Berlin"),
    "CNY": ("CN", "200000", "Shanghai"),
}


@pytest.fixture(autouse=True)
def four_makers(monkeypatch: pytest.MonkeyPatch) -> None:
    for code, maker in MAKERS.items():
        monkeypatch.setitem(world.MAKERS, code, maker)
    for sku, goods in GOODS.items():
        monkeypatch.setitem(world.GOODS, sku, goods)
    monkeypatch.setitem(deals.ACCOUNTS, "VN", "0071001234567")


def left() -> dict[str, str]:
    """Give every account that is not at zero, with its balance on its normal side."""
    found = {}
    for account in Account.objects.prefetch_related("balances"):
        minor = sum(balance.minor for balance in account.balances.all())
        if minor:
            money = Money.from_minor(minor, account.currency)
            found[f"{account.code} {account.currency}"] = f"{money.amount}"
    return found


def bought(deal: Deal, currency: str) -> tuple[OrderGroup, dict[str, Order]]:
    country, postal_code, town = WHERE[currency]
    group = deal.buy(LINES, steps.address(country, postal_code, town), f"{country}-{postal_code}", currency)
    return group, {order.seller_currency: order for order in group.orders.all()}


def parts(order: Order) -> tuple[str, ...]:
    return tuple(f"{getattr(order, f'{name}_amount').normalize():f}" for name in PARTS)


CASES = {
    "JPY": {
        "ARS": ("5954", "30", "2109", "157", "0", "0", "0"),
        "KES": ("4539", "22", "3334", "157", "0", "0", "0"),
        "MYR": ("3450", "17", "1223", "157", "0", "0", "0"),
        "VND": ("2688", "13", "1230", "157", "0", "0", "0"),
    },
    "KWD": {
        "ARS": ("11.641", "0.058", "3.108", "0.307", "1.031", "3.056", "0"),
        "KES": ("8.874", "0.045", "4.996", "0.307", "1.031", "2.889", "0"),
        "MYR": ("6.745", "0.034", "2.315", "0.307", "1.031", "1.976", "0"),
        "VND": ("5.255", "0.026", "2.312", "0.307", "1.031", "1.692", "0"),
    },
    "EUR": {
        "ARS": ("33.89", "0.17", "9.05", "0.9", "3", "8.9", "0"),
        "KES": ("25.83", "0.13", "14.55", "0.9", "3", "8.41", "0"),
        "MYR": ("19.64", "0.09", "6.74", "0.9", "3", "5.75", "0"),
        "VND": ("15.3", "0.07", "6.73", "0.9", "3", "4.93", "0"),
    },
    "CNY": {
        "ARS": ("251.89", "1.26", "55.95", "6.65", "0", "27.65", "0"),
        "KES": ("192.02", "0.96", "93.47", "6.65", "0", "23.98", "0"),
        "MYR": ("145.95", "0.73", "19.16", "6.65", "0", "14.66", "0"),
        "VND": ("113.71", "0.56", "22.75", "6.65", "0", "12.05", "0"),
    },
}
TOTALS = {"JPY": "25237", "KWD": "60.374", "EUR": "175.78", "CNY": "1003.35"}
CHARGED = {"JPY": 25237, "KWD": 60370, "EUR": 17578, "CNY": 100335}  # minor units
PAID_OUT = {
    "JPY": ["ARS 52640.00", "KES 3438.24", "VND 423000"],
    "KWD": ["ARS 52640.00", "KES 3564.79", "VND 423000"],
    "EUR": ["ARS 52640.00", "KES 3319.69", "VND 423000"],
    "CNY": ["ARS 52640.00", "KES 3319.10", "VND 423000"],
}
# What is left on each account at the end, on its normal side.
LEFT = {
    "JPY": {
        "bank:main ARS": "-52640.00",
        "bank:main KES": "-3438.24",
        "bank:main VND": "-423000",
        "fee:commission ARS": "3360.00",
        "fee:commission KES": "219.46",
        "fee:commission VND": "27000",
        "fx:position ARS": "-56000.00",
        "fx:position JPY": "12899",
        "fx:position KES": "-3657.70",
        "fx:position VND": "-450000",
        "fx:spread JPY": "64",
        "insurance:payable JPY": "461",
        "psp:balance JPY": "19486",
        "pspfees:stripe JPY": "404",
        "shipping:payable JPY": "6466",
    },
    "KWD": {
        "bank:main ARS": "-52640.00",
        "bank:main KES": "-3564.79",
        "bank:main VND": "-423000",
        "fee:commission ARS": "3360.00",
        "fee:commission KES": "227.54",
        "fee:commission VND": "27000",
        "fx:position ARS": "-56000.00",
        "fx:position EUR": "130.65",
        "fx:position KES": "-3792.33",
        "fx:position KWD": "-21.935",
        "fx:position VND": "-450000",
        "fx:spread KWD": "0.128",
        "insurance:payable KWD": "0.913",
        "psp:balance EUR": "127.91",
        "pspfees:stripe EUR": "2.74",
        "shipping:payable KWD": "10.278",
        "tax:DE:collected KWD": "10.622",
        "writeoff:rounding KWD": "0.006",
    },
    "EUR": {
        "bank:main ARS": "-52640.00",
        "bank:main KES": "-3319.69",
        "bank:main VND": "-423000",
        "fee:commission ARS": "3360.00",
        "fee:commission KES": "211.90",
        "fee:commission VND": "27000",
        "fx:position ARS": "-56000.00",
        "fx:position EUR": "72.58",
        "fx:position KES": "-3531.59",
        "fx:position VND": "-450000",
        "fx:spread EUR": "0.36",
        "insurance:payable EUR": "2.61",
        "psp:balance EUR": "131.77",
        "pspfees:stripe EUR": "2.89",
        "shipping:payable EUR": "28.95",
        "tax:DE:collected EUR": "30.16",
    },
    "CNY": {
        "bank:main ARS": "-52640.00",
        "bank:main KES": "-3319.10",
        "bank:main VND": "-423000",
        "fee:commission ARS": "3360.00",
        "fee:commission KES": "211.86",
        "fee:commission VND": "27000",
        "fx:position ARS": "-56000.00",
        "fx:position CNY": "-246.75",
        "fx:position EUR": "93.50",
        "fx:position KES": "-3530.96",
        "fx:position VND": "-450000",
        "fx:spread CNY": "2.69",
        "insurance:payable CNY": "19.32",
        "psp:balance EUR": "91.46",
        "pspfees:stripe EUR": "2.04",
        "shipping:payable CNY": "163.33",
        "tax:CN:collected CNY": "61.41",
    },
}
BACK = {"JPY": "500", "KWD": "0.500", "EUR": "5.00", "CNY": "30.00"}


def explained(orders: dict[str, Order], payment: Payment, back: Money) -> dict[str, str]:
    """Say from the orders alone what must be left: each part of what went through, less what went back."""
    currency = back.currency
    went = [orders[code] for code in ("ARS", "KES", "VND")]
    given = refund_by_parts(
        {name: Money(getattr(orders["KES"], f"{name}_amount"), currency) for name in PARTS},
        {name: Money.zero(currency) for name in PARTS},
        back,
    )
    sums = {
        name: total((Money(getattr(order, f"{name}_amount"), currency) for order in went), currency)
        - given[name]
        for name in PARTS
    }
    refund = Refund.objects.get(key="goodwill")
    sarong = chargeable(orders["MYR"].total)
    country = orders["KES"].group.country
    accounts = {
        f"tax:{country}:collected": sums["duty"] + sums["tax"],
        "shipping:payable": sums["freight"],
        "insurance:payable": sums["insurance"],
        "fx:spread": sums["exchange"],
        "fee:service": sums["fees"],
    }
    found = {f"{code} {currency}": f"{money.rounded().amount}" for code, money in accounts.items() if money}
    for code, order in orders.items():
        if code == "MYR":
            continue
        seller = order.seller_currency
        taken = refund.seller_amount if code == "KES" else Decimal(0)
        fee = refund.commission_amount if code == "KES" else Decimal(0)
        goods = Money(order.seller_amount - taken, seller).rounded()
        commission = (Money(order.seller_amount, seller) * Decimal("0.06")).rounded() - Money(fee, seller)
        found[f"fee:commission {seller}"] = f"{commission.rounded().amount}"
        found[f"fx:position {seller}"] = f"{-goods.amount}"
        found[f"bank:main {seller}"] = f"{-(goods - commission).rounded().amount}"
    rounding = payment.money - payment.charged - (orders["MYR"].total - sarong)
    if rounding:
        found[f"writeoff:rounding {currency}"] = f"{rounding.rounded().amount}"
    return found


@pytest.mark.parametrize("currency", list(WHERE))
def test_one_cart_of_four_sellers_adds_up_to_the_last_minor_unit(
    deal: Deal, django_capture_on_commit_callbacks, currency: str
) -> None:
    group, orders = bought(deal, currency)

    # Sum of the orders = total of the purchase = what the card was charged, in minor units.
    payment = Payment.objects.get(reference=group.number)
    assert {code: parts(order) for code, order in orders.items()} == CASES[currency]
    assert total((order.total for order in orders.values()), currency) == group.total == payment.money
    assert f"{group.total.amount.normalize():f}" == TOTALS[currency]
    assert stripe_units(payment.charged) == CHARGED[currency]
    assert payment.captured_amount == payment.charged_amount

    # The sarong is called off, a basket's handle is loose, everything else goes through.
    with django_capture_on_commit_callbacks(execute=True):
        cancel(number=orders["MYR"].number, reason="changed my mind", at=timezone.now())
    for code in ("ARS", "KES", "VND"):
        orders[code].refresh_from_db()
        deal.pack(orders[code])
        deal.deliver(orders[code])
    back = Money(Decimal(BACK[currency]), currency)
    with django_capture_on_commit_callbacks(execute=True):
        payments.refund(orders["KES"].number, back, "one handle is loose", "goodwill")
    assert deal.pay_out(*(orders[code] for code in ("ARS", "KES", "VND"))) == PAID_OUT[currency]

    # Every account explains itself.
    assert left() == LEFT[currency]
    known = explained(orders, payment, back)
    assert {name: amount for name, amount in left().items() if name in known} == known
    # Besides these: what lies with the provider, its fee, and the money of goods that is not exchanged yet.
    rest = {name.split()[0] for name in left() if name not in known}
    assert rest == {"psp:balance", "pspfees:stripe", "fx:position"}
    kinds = BuyerInvoice.objects.order_by("number").values_list("order__seller_currency", "kind")
    invoiced = [(code, "380") for code in ("ARS", "KES", "MYR", "VND")]
    assert sorted(kinds) == sorted([*invoiced, ("KES", "381"), ("MYR", "381")])
    taken_back = BuyerInvoice.objects.filter(kind="381").values_list("order__seller_currency", "total_amount")
    assert dict(taken_back) == {"KES": back.amount, "MYR": orders["MYR"].total_amount}
    assert_books_balance()
