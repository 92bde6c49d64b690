"""A promised duty is kept: the quote can be worked out again, the pool carries what customs took more or less."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from customs import record, stored
from customs.actions.outcomes import accuracy, hear_assessment
from customs.models import Declaration, DutyOutcome
from customs.tariffs import versions
from marketplace.accounts.models import User
from marketplace.events.models import Event
from marketplace.kit.money import Money
from orders import tariff_effect
from orders.actions.guarantee import (
    NegativeDuty,
    NotAtCustoms,
    NothingPromised,
    UnknownOrder,
    record_duty,
)
from orders.models import Order, OrderState, Quote
from orders.payments import books
from orders.payments.actions.guarantee import pool
from tests.orders import world
from tests.orders.test_placing import asked, placed
from tests.orders.world import NOW

pytestmark = pytest.mark.django_db
HEAD = b"code,kind,origin_area,expression,valid_from,valid_to\n"
NOTE = "Checked on two codes against the source."


def people() -> tuple[User, User]:
    first, second = (User.objects.create(email=f"{name}@example.com") for name in "ab")
    return first, second


def delivered(quantity: int = 2) -> Order:
    world.load(skus=("BASKET",))
    order = placed(quantity).orders.get()
    order.state = OrderState.DELIVERED
    order.save(update_fields=["state"])
    return order


def quoted(order: Order) -> Money:
    return Money(order.duty_amount + order.tax_amount, order.currency)


def border(quote: Quote) -> dict[str, list[tuple[str, str]]]:
    """The duty and tax lines of a quote as they were promised, by seller."""
    kinds = {"goods", "freight", "insurance", "exchange"}
    return {
        seller: [
            (row["kind"], row["amount"]["amount"]) for row in part["charges"] if row["kind"] not in kinds
        ]
        for seller, part in quote.snapshot.items()
    }


def test_an_old_quote_gives_the_same_cents_after_the_tariff_changed() -> None:
    world.load(skus=("BASKET",))
    _cart, quote = asked(8)
    before = border(quote)
    first, second = people()
    rows = b"46,third_country_duty,ERGA OMNES,40%,,\n46,preference,KE,40%,,\n46,vat,ERGA OMNES,25%,,\n"
    version = versions.propose(
        destination="GB", name="own-csv", raw=HEAD + rows, label="New", source="test", by=first, at=NOW
    )
    versions.activate(version_id=version.pk, by=second, at=NOW, note=NOTE)
    stored.forget()

    _cart, dearer = asked(8)
    again = {
        seller: [(row.kind, f"{row.amount.amount:f}") for row in record.recompute(part["customs"])]
        for seller, part in Quote.objects.get(pk=quote.pk).snapshot.items()
    }

    assert dearer.total_amount > quote.total_amount
    assert again == before


@pytest.mark.parametrize(("more", "left"), [("-2.50", "2.50"), ("3.10", "-3.10"), ("0", "0")])
def test_the_pool_carries_the_difference(more: str, left: str) -> None:
    order = delivered()
    actual = quoted(order) + Money(Decimal(more), order.currency)

    for _twice in range(2):
        record_duty(order_number=order.number, actual=actual, key="bill-1", at=NOW)

    assert pool("GBP").amount == Decimal(left)
    assert books.balance("tax:GB:collected", "GBP").amount == -Decimal(left)
    assert DutyOutcome.objects.count() == 1
    assert Event.objects.filter(name="DutyRecorded").count() == 1
    assert all(proof.holds for proof in books.prove())


def test_a_later_bill_corrects_the_earlier_one() -> None:
    order = delivered()
    promised = quoted(order)

    record_duty(order_number=order.number, actual=promised + Money(Decimal(5), "GBP"), key="a", at=NOW)
    record_duty(order_number=order.number, actual=promised + Money(Decimal(1), "GBP"), key="b", at=NOW)

    assert pool("GBP").amount == Decimal("-1.00")


def test_the_authority_tells_what_it_took() -> None:
    order = delivered()
    declaration = Declaration.objects.create(
        number="DEC-000001", order_number=order.number, seller=order.seller, buyer_name="x", buyer_kind="consumer",
        from_country="KE", to_country="GB", terms="DDP", value_amount=Decimal(60), currency="GBP",
        drafted_at=NOW,
    )  # fmt: skip

    for body in (
        {},
        {"assessed": {"amount": "x", "currency": "GBP"}},
        {"assessed": {"amount": "-1", "currency": "GBP"}},
    ):
        assert hear_assessment(number=declaration.number, body=body, key="m0") is False
    heard = hear_assessment(
        number=declaration.number, body={"assessed": {"amount": "7.25", "currency": "GBP"}}, key="m1"
    )

    assert heard
    told: Any = Event.objects.get(name="DutyAssessed").payload
    assert (told["amount"], told["currency"], told["key"]) == ("7.25", "GBP", "m1")


@pytest.mark.parametrize(
    ("state", "terms", "number", "amount", "refusal"),
    [
        (OrderState.CANCELLED, "DDP", None, "1", NotAtCustoms),
        (OrderState.DELIVERED, "DAP", None, "1", NothingPromised),
        (OrderState.DELIVERED, "DDP", "ORD-999999", "1", UnknownOrder),
        (OrderState.DELIVERED, "DDP", None, "-1", NegativeDuty),
    ],
)
def test_what_cannot_be_recorded_is_refused_and_changes_nothing(
    state: OrderState, terms: str, number: str | None, amount: str, refusal: type[Exception]
) -> None:
    order = delivered()
    Order.objects.filter(pk=order.pk).update(state=state)
    type(order.group).objects.filter(pk=order.group.pk).update(terms=terms)

    with pytest.raises(refusal):
        record_duty(
            order_number=number or order.number, actual=Money(Decimal(amount), "GBP"), key="k", at=NOW
        )

    assert (DutyOutcome.objects.count(), pool("GBP").amount) == (0, Decimal(0))


def test_quoted_against_actual_by_lane() -> None:
    order = delivered()
    record_duty(
        order_number=order.number, actual=quoted(order) + Money(Decimal("1.20"), "GBP"), key="a", at=NOW
    )

    (row,) = accuracy()

    assert (row.from_country, row.to_country, row.orders, row.difference) == (
        "KE", "GB", 1, Money(Decimal("-1.20"), "GBP"),
    )  # fmt: skip


def test_a_coming_rule_shows_its_effect_on_listings_and_open_quotes() -> None:
    world.load(skus=("BASKET", "BATIK"))
    _cart, quote = asked(8)
    first, _second = people()
    rows = b"460219,third_country_duty,ERGA OMNES,40%,,\n460219,preference,KE,40%,,\n"
    version = versions.propose(
        destination="GB", name="own-csv", raw=HEAD + rows, label="New", source="test", by=first, at=NOW
    )

    effect = tariff_effect.weigh(version, at=NOW)

    # The file stands for the whole of its kinds, so the sarong's own rate is gone.
    assert (effect["town"], effect["listings"], effect["currency"]) == ("GB", 2, "GBP")
    assert effect["quotes"]["count"] == 1
    (row,) = effect["quotes"]["rows"]
    assert row["number"] == quote.number
    assert Decimal(row["more"]) > 0
    # 40% instead of 2% of the customs value and 20% VAT on that: the difference of two whole quotes.
    kept = quote.snapshot["COM-KE1"]["customs"]
    value = (
        sum(Decimal(one["value"]) for one in kept["goods"])
        + Decimal(kept["freight"])
        + Decimal(kept["insurance"])
    )
    assert abs(Decimal(row["more"]) - value * Decimal("0.38") * Decimal("1.2")) < Decimal("0.02")
    assert json.dumps(effect)
