"""The composed price: worked example and the property that totals are sums of lines."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from marketplace.kit.explain import Certainty, Charge
from marketplace.kit.money import Money
from orders import landed_cost
from orders.landed_cost import GoodsPart, compose


def money(text: str, currency: str = "EUR") -> Money:
    return Money(Decimal(text), currency)


def charge(kind: str, amount: str, currency: str = "EUR", **more: object) -> Charge:
    return Charge(kind, None, kind, None, "", money(amount, currency), **more)  # type: ignore[arg-type]


MUG = GoodsPart("1", "Mug", 3, money("10.00", "USD"), Decimal("0.9"), Decimal("0.909"))


def test_every_plank_is_the_sum_of_its_lines():
    """3 × USD 10.00 × 0.9 = 27.00; at our rate 0.909 = 27.27, margin 0.27; duty 3%, VAT 19%."""
    cost = compose(
        currency="EUR",
        terms="DDP",
        goods=[MUG],
        transport=[charge("freight", "8.00"), charge("insurance", "0.50")],
        border=[charge("third_country_duty", "1.06"), charge("vat", "7.00"), charge("fee", "2.00")],
    )

    assert [(c.kind, c.amount.amount) for c in cost.charges[:2]] == [
        ("goods", Decimal("27.00")),
        ("exchange", Decimal("0.27")),
    ]
    assert cost.planks == landed_cost.Planks(money("27.27"), money("8.50"), money("10.06"))
    assert cost.total == money("45.83")
    assert {name: cost.part(name).amount for name in landed_cost.ORDER_PARTS} == {
        "goods": Decimal("27.00"),
        "exchange": Decimal("0.27"),
        "freight": Decimal("8.00"),
        "insurance": Decimal("0.50"),
        "duty": Decimal("1.06"),
        "tax": Decimal("7.00"),
        "fees": Decimal("2.00"),
    }
    assert cost.state is Certainty.FIXED
    assert cost.at_most is None


def test_paying_at_the_door_leaves_border_lines_for_later_without_a_promise():
    cost = compose(
        currency="EUR",
        terms="DAP",
        goods=[MUG],
        transport=[charge("freight", "8.00")],
        border=[charge("vat", "7.00")],
    )

    assert cost.total == money("35.27")
    assert cost.later_total == money("7.00")
    assert [c.certainty for c in cost.later] == [Certainty.ESTIMATE]


def test_an_estimated_line_makes_the_total_an_estimate_with_a_ceiling():
    cost = compose(
        currency="EUR",
        terms="DDP",
        goods=[MUG],
        transport=[charge("freight", "8.00", certainty=Certainty.ESTIMATE, at_most=money("9.50"))],
        border=[],
    )

    assert cost.state is Certainty.ESTIMATE
    assert cost.at_most == money("36.77")


amounts = st.decimals(min_value=0, max_value=10**6, places=4)
kinds = st.sampled_from(["freight", "insurance", "third_country_duty", "vat", "excise", "fee", "additional"])


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    currency=st.sampled_from(["EUR", "JPY", "KWD"]),
    goods=st.lists(
        st.tuples(st.integers(1, 500), amounts, st.decimals(min_value="0.001", max_value=500, places=6)),
        min_size=1,
        max_size=5,
    ),
    others=st.lists(st.tuples(kinds, amounts), max_size=8),
)
def test_totals_are_sums_of_lines(currency, goods, others):
    parts = [
        GoodsPart(str(n), "x", quantity, Money(price, "XAF"), rate, rate * Decimal("1.01"))
        for n, (quantity, price, rate) in enumerate(goods)
    ]
    lines = [Charge(kind, None, kind, None, "", Money(amount, currency).rounded()) for kind, amount in others]

    cost = compose(currency=currency, terms="DDP", goods=parts, transport=lines, border=[])

    assert cost.total.amount == sum(c.amount.amount for c in cost.charges)
    planks = cost.planks
    assert planks.goods + planks.transport + planks.tax == cost.total
    assert sum(cost.part(name).amount for name in landed_cost.ORDER_PARTS) == cost.total.amount
    assert all(c.amount == c.amount.rounded() for c in cost.charges)
