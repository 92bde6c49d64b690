"""Tier prices and customs wording, without a database."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog.pricing import Tier, ladder_fault, unit_price
from catalog.wording import description_fault
from marketplace.kit.money import Money

LIST = Money(Decimal("24.50"), "EUR")
LADDER = [Tier(10, Decimal("23.00")), Tier(50, Decimal("21.00"))]


@pytest.mark.parametrize(
    ("quantity", "each"),
    [(1, "24.50"), (9, "24.50"), (10, "23.00"), (49, "23.00"), (50, "21.00"), (10**6, "21.00")],
)
def test_the_highest_step_reached_counts(quantity, each):
    assert unit_price(LIST, LADDER, quantity) == Money(Decimal(each), "EUR")
    assert unit_price(LIST, LADDER[::-1], quantity) == Money(Decimal(each), "EUR")


@pytest.mark.parametrize(
    ("tiers", "minimum", "fault"),
    [
        (LADDER, 1, ""),
        ([], 1, ""),
        (LADDER, 10, "quantity"),
        ([Tier(10, Decimal(25))], 1, "price"),
        ([Tier(10, Decimal(0))], 1, "zero"),
    ],
)
def test_what_is_wrong_with_a_ladder(tiers, minimum, fault):
    assert ladder_fault(LIST, tiers, minimum) == fault


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("gift", "vague"),
        ("Parts", "vague"),
        ("new goods and accessories", "vague"),
        ("KW-0142 / 88240", "reference"),
        ("12345678", "reference"),
        ("red basket", "short"),
        ("Basket woven by hand from sisal fibre, with leather handles", ""),
        ("Korb aus Sisal, von Hand geflochten", ""),
        ("手工编织剑麻篮子", ""),
        ("سلة منسوجة يدويا من ألياف السيزال", ""),
        ("🎁🎁🎁", "reference"),
    ],
)
def test_a_customs_description_must_say_what_it_is(text, fault):
    assert description_fault(text) == fault
