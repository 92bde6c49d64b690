"""What holds for every consignment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from customs.duty import Goods, Rate, Rules, calculate
from customs.expressions import read
from customs.regimes import Parcel, choose, destination
from customs.stored import Row
from marketplace.kit.explain import RuleRef

RATES = st.sampled_from(
    ["Free", "2.7%", "12%", "12.8% + 304.1 EUR/100 kg", "8.3% MIN 1.6 EUR/100 kg MAX 18.7%", "35 EUR/100 kg"]
)
MONEY = st.decimals(min_value="0.01", max_value="99999", places=2)
LINES = st.lists(st.tuples(MONEY, MONEY, RATES, RATES), min_size=1, max_size=6)
RULES = st.sampled_from([Rules("EUR"), Rules("EUR", valuation="FOB"), Rules("EUR", tax_share=Decimal("0.7"))])


def goods(rows: Sequence[tuple[Decimal, Decimal, str, str]]) -> list[Goods]:
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


DAYS = st.dates(date(2020, 1, 1), date(2030, 12, 31))


@settings(max_examples=200, deadline=None)
@given(DAYS, DAYS, DAYS)
def test_a_row_never_applies_outside_its_validity(one: date, two: date, on: date) -> None:
    first, last = min(one, two), max(one, two)
    row = Row(
        "610910", "third_country_duty", "ERGA OMNES", (), read("12%"), "", "Customs duty", "", (), False, "", "", "",  # noqa: E501
        False, RuleRef("measure-1", valid_from=first, valid_to=last), (), frozenset(), "", ("", ""),
    )  # fmt: skip

    assert row.holds(on, frozenset({"ERGA OMNES"})) is (first <= on <= last)


@settings(max_examples=200, deadline=None)
@given(DAYS)
def test_a_regime_is_never_chosen_outside_its_days(on: date) -> None:
    place = destination("DE")
    assert place is not None
    parcel = Parcel(
        on, "CN", "consumer", False, None, frozenset({"IOSS"}), Decimal(100), Decimal(0), Decimal(0), Decimal(100),  # noqa: E501
        ("610910",),
    )  # fmt: skip

    found = choose(place, parcel, lambda amount, _currency: amount)

    assert found.valid_from is None or found.valid_from <= on
    assert found.valid_to is None or on <= found.valid_to
    assert (found.code == "EU-LV3-IOSS") is (date(2026, 7, 1) <= on <= date(2028, 7, 1))
