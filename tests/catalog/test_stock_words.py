"""What a row of stock lets a page say: worked examples and a rule that always holds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.stock import Stock, of_option, of_product, stock_for


@pytest.mark.parametrize(
    ("pieces", "minimum", "row"),
    [
        ({"": 0}, 1, {"": 0}),
        ({}, 1, {"": 0}),
        ({"": 3}, 1, {"": 3}),
        ({"": 400}, 1, {"": 6}),
        ({"": 400}, 20, {"": 20}),
        ({"": 0, "CN": 8}, 1, {"": 0, "CN": 6}),
        ({"": 7, "CN": 9}, 1, {"": 6}),
        ({"": -2}, 1, {"": 0}),
    ],
)
def test_pieces_are_counted_up_to_what_a_page_says(pieces, minimum, row):
    assert of_option(pieces, minimum) == row


@pytest.mark.parametrize(
    ("row", "country", "minimum", "sold_out", "few", "most"),
    [
        ({}, "DE", 1, False, None, None),  # nobody counted: the page says nothing
        ({"": 0}, "DE", 1, True, None, 0),
        ({"": 1}, "DE", 1, False, 1, 1),
        ({"": 5}, "DE", 1, False, 5, 5),
        ({"": 6}, "DE", 1, False, None, None),
        ({"": 3}, "DE", 4, True, None, 3),  # fewer than the seller's minimum
        ({"": 20}, "DE", 20, False, None, None),
        ({"": 0, "CN": 2}, "DE", 1, True, None, 0),
        ({"": 0, "CN": 2}, "CN", 1, False, 2, 2),  # in bond: for buyers of that country alone
    ],
)
def test_a_row_says_sold_out_a_few_or_nothing(row, country, minimum, sold_out, few, most):
    stock = stock_for(row, country, minimum)

    assert (stock.sold_out, stock.few, stock.most) == (sold_out, few, most)


@pytest.mark.parametrize(
    ("options", "row"),
    [
        ([], {}),
        ([({}, 1)], {}),
        ([({"": 0}, 1), ({"": 0}, 1)], {"": 0}),
        ([({"": 0}, 1), ({"": 3}, 1)], {"": 3}),
        ([({"": 2}, 1), ({"": 2}, 1)], {"": 4}),
        ([({"": 2}, 4), ({"": 1}, 1)], {"": 1}),  # what nobody can order does not count
        ([({"": 0, "CN": 3}, 1), ({"": 2}, 1)], {"": 2, "CN": 5}),
        ([({"": 6}, 1), ({"": 6}, 1)], {"": 6}),
    ],
)
def test_a_product_has_what_its_options_have(options, row):
    assert of_product(options) == row


counts = st.dictionaries(st.sampled_from(["", "CN", "DE"]), st.integers(0, 60), max_size=3)


@given(counts, st.integers(1, 40), st.sampled_from(["CN", "DE", "GB"]))
def test_the_short_row_says_what_the_whole_count_would(pieces, minimum, country):
    whole = Stock(pieces.get(country, pieces.get("", 0)), minimum)

    short = stock_for(of_option(pieces, minimum), country, minimum)

    assert (short.sold_out, short.few) == (whole.sold_out, whole.few)
