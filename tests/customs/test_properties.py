"""What holds for every consignment."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from customs.duty import Goods, Rate, Rules, calculate
from customs.expressions import read

RATES = st.sampled_from(
    ["Free", "2.7%", "12%", "12.8% + 304.1 EUR/100 kg", "8.3% MIN 1.6 EUR/100 kg MAX 18.7%", "35 EUR/100 kg"]
)
MONEY = st.decimals(min_value="0.01", max_value="99999", places=2)
LINES = st.lists(st.tuples(MONEY, MONEY, RATES, RATES), min_size=1, max_size=6)
RULES = st.sampled_from([Rules("EUR"), Rules("EUR", valuation="FOB"), Rules("EUR", tax_share=Decimal("0.7"))])


def goods(rows):
    return [
        Goods(str(index), f"{610910 + index}", value, {"kilogram": weight, "item": Decimal(1)}, (
            Rate("third_country_duty", read(duty)), Rate("anti_dumping", read(more)), Rate("vat", read("19%")),  # noqa: E501
        ))
        for index, (value, weight, duty, more) in enumerate(rows)
    ]  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(LINES, RULES, MONEY)
def test_totals_are_sums_and_the_order_of_lines_does_not_matter(rows, rules, freight):
    lines = goods(rows)

    forth, back = calculate(lines, rules, freight=freight), calculate(lines[::-1], rules, freight=freight)

    assert forth.total == sum(row.printed for row in forth.taken)
    # Shares of freight are divisions: equal to the last of 28 digits, and printed to the cent.
    assert sorted((row.line, row.kind, row.rate, row.printed) for row in forth.taken) == sorted(
        (row.line, row.kind, row.rate, row.printed) for row in back.taken
    )


@settings(max_examples=150, deadline=None)
@given(LINES, RULES, MONEY)
def test_more_value_never_costs_less(rows, rules, more):
    dearer = [(rows[0][0] + more, *rows[0][1:]), *rows[1:]]

    assert calculate(goods(dearer), rules).total >= calculate(goods(rows), rules).total


@settings(max_examples=60, deadline=None)
@given(LINES, RULES, MONEY)
def test_computing_again_gives_the_same_cents(rows, rules, freight):
    first = calculate(goods(rows), rules, freight=freight)

    assert calculate(goods(rows), rules, freight=freight) == first
