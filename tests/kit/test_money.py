"""Money over every currency of ISO 4217: nothing is lost between decimals, minor units and Stripe."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from marketplace.kit.money import (
    CURRENCIES,
    CurrencyMismatch,
    Money,
    NotRounded,
    UnknownCurrency,
    chargeable,
    from_stripe_units,
    stripe_units,
    total,
)

codes = st.sampled_from(sorted(CURRENCIES))
minors = st.integers(-(10**12), 10**12)
weights = st.lists(st.decimals(0, 10**6, places=3), min_size=1, max_size=12)


def test_the_table_knows_the_exponents_that_locale_data_gets_wrong():
    assert {code: CURRENCIES[code][0] for code in ("RSD", "ALL", "LAK", "IQD", "KWD", "JPY", "CLF")} == {
        "RSD": 2, "ALL": 2, "LAK": 2, "IQD": 3, "KWD": 3, "JPY": 0, "CLF": 4,
    }  # fmt: skip
    assert len(CURRENCIES) > 150


@given(minors, codes)
def test_minor_units_come_back_as_they_went(minor, code):
    assert Money.from_minor(minor, code).minor == minor


@given(st.decimals(-(10**9), 10**9, places=8), codes)
def test_rounding_moves_an_amount_by_at_most_half_a_unit(amount, code):
    rounded = Money(amount, code).rounded()

    assert abs(rounded.amount - amount) <= Decimal("0.5").scaleb(-CURRENCIES[code][0])
    assert rounded.rounded() == rounded
    assert Money.from_minor(rounded.minor, code) == rounded


@given(minors, codes)
def test_what_is_chargeable_survives_stripe(minor, code):
    money = chargeable(Money.from_minor(minor, code))

    assert from_stripe_units(stripe_units(money), code.lower()) == money
    assert chargeable(money) == money


@given(minors, codes, weights)
def test_shares_add_up_and_each_is_less_than_one_unit_from_its_exact_part(minor, code, parts):
    whole = Money.from_minor(minor, code)

    shares = whole.split(parts)

    assert total(shares, code) == whole
    assert [-share for share in shares] == (-whole).split(parts)
    if sum(parts):
        for share, part in zip(shares, parts, strict=True):
            assert abs(share.minor - Decimal(minor) * part / sum(parts)) < 1
            assert part or not share


def test_a_tie_goes_to_the_earlier_line():
    assert [m.minor for m in Money.from_minor(100, "EUR").split([1, 1, 1])] == [34, 33, 33]
    assert [m.minor for m in Money.from_minor(-100, "EUR").split([1, 1, 1])] == [-34, -33, -33]
    assert [m.minor for m in Money.from_minor(5, "EUR").split([0, 0])] == [3, 2]
    assert Money.from_minor(5, "EUR").split([]) == []


@pytest.mark.parametrize(
    ("amount", "currency", "units"),
    [("12.34", "EUR", 1234), ("1234", "JPY", 1234), ("1.230", "KWD", 1230), ("500", "ISK", 50000),
     ("700", "UGX", 70000), ("700", "MGA", 700)],
)  # fmt: skip
def test_stripe_counts_some_currencies_its_own_way(amount, currency, units):
    assert stripe_units(Money(Decimal(amount), currency)) == units


def test_a_part_of_a_unit_is_refused_not_lost():
    with pytest.raises(NotRounded):
        _ = Money(Decimal("1.005"), "EUR").minor
    with pytest.raises(NotRounded):
        stripe_units(Money(Decimal("1.234"), "KWD"))
    assert chargeable(Money(Decimal("1.235"), "KWD")) == Money(Decimal("1.240"), "KWD")


def test_currencies_do_not_mix():
    euro, yen = Money(Decimal(1), "EUR"), Money(Decimal(1), "JPY")

    for compare in (lambda: euro + yen, lambda: euro - yen, lambda: euro < yen, lambda: euro >= yen):
        with pytest.raises(CurrencyMismatch):
            compare()
    with pytest.raises(UnknownCurrency):
        Money(Decimal(1), "XYZ").rounded()
    assert sorted([Money(Decimal(2), "EUR"), euro]) == [euro, Money(Decimal(2), "EUR")]
