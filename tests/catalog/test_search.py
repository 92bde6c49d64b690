"""Finding products."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import caches

from catalog.search import SearchQuery, search, suggest
from tests.catalog import world

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shop(monkeypatch: pytest.MonkeyPatch):
    """Three live products of two countries and one draft, with a shelf of the cache of their own."""
    monkeypatch.setattr(caches["default"], "key_prefix", uuid4().hex)
    home = world.category("home")
    kenya, vietnam = world.company(), world.company(country="VN", currency="VND")
    basket = world.live(kenya, category=world.category("baskets", home))
    world.delivered(basket, "30.14", days=10)
    bowl = world.live(
        vietnam,
        title="Bamboo bowl, crème glaze",
        description="Coiled bamboo bowl with a glaze like cream.",
        customs_description="Bowl of coiled bamboo with lacquer, for serving food",
        materials="bamboo",
        origin="VN",
        category=world.category("bowls", home),
    )
    world.delivered(bowl, "18.00", days=20, door=False)
    mug = world.live(
        vietnam,
        title="Stoneware mug",
        description="A mug for coffee, fired in a wood kiln.",
        customs_description="Drinking mug of stoneware, 350 ml, for coffee",
        materials="stoneware",
        origin="VN",
        category=world.category("mugs", home),
    )
    world.delivered(mug, "12.50", days=6)
    world.draft(kenya, title="Hidden basket")
    return {"basket": basket, "bowl": bowl, "mug": mug}


def titles(**asked: Any) -> list[str]:
    return [card.product.title for card in search(SearchQuery(**asked)).cards]


def test_words_find_titles_stems_and_accents():
    assert titles(text="baskets") == ["Sisal market basket"]
    assert titles(text="Creme bamboo") == ["Bamboo bowl, crème glaze"]
    assert titles(text="stonew") == ["Stoneware mug"]


def test_a_mistyped_word_is_corrected_and_said():
    page = search(SearchQuery(text="baskte sisal"))

    assert [card.product.title for card in page.cards] == ["Sisal market basket"]
    assert page.corrected == "basket sisal"


def test_a_card_carries_the_delivered_price(shop, django_assert_max_num_queries):
    search(SearchQuery(text="mug"))
    sku = world.lead(shop["basket"]).sku
    with django_assert_max_num_queries(5):
        page = search(SearchQuery(text="basket"))
        card = page.cards[0]
        assert card.variant is not None
        assert (card.product.seller.country, card.variant.sku) == ("KE", sku)
        assert card.picture is None or card.picture.card_url
        assert card.delivered
        assert card.delivered.total_amount == Decimal("30.1400")
        assert card.delivered.nothing_at_the_door

    assert search(SearchQuery(text="basket", destination="US", currency="USD")).cards[0].delivered is None


def test_facets_do_not_cancel_each_other():
    page = search(SearchQuery(origin=("KE",), price_max=Decimal(40)))

    assert {f.value: f.count for f in page.facets.origin} == {"KE": 1, "VN": 2}
    assert {f.value: f.count for f in page.facets.category} == {"baskets": 1}
    assert page.total == 1
    assert (page.facets.price_low, page.facets.price_high) == (Decimal("30.1400"), Decimal("30.1400"))
    assert {f.value: f.count for f in page.facets.days} == {"7": 0, "14": 1, "21": 1, "30": 1}


def test_filters_and_sorting_use_the_delivered_price():
    assert titles(sort="price") == ["Stoneware mug", "Bamboo bowl, crème glaze", "Sisal market basket"]
    assert titles(days=14, sort="fast") == ["Stoneware mug", "Sisal market basket"]
    assert titles(nothing_at_door=True, price_max=Decimal(20)) == ["Stoneware mug"]
    assert len(titles(category="home")) == 3


def test_an_empty_answer_says_what_leaving_out_a_filter_gives():
    page = search(SearchQuery(origin=("KE",), price_max=Decimal(20)))

    assert (page.total, page.cards) == (0, ())
    assert page.hints == {"origin": 2, "price": 1}


def test_nothing_found_offers_near_words():
    page = search(SearchQuery(text="bambooooxqz"))

    assert page.total == 0 or page.corrected == "bamboo"


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE x", "🧺🧺", "سلة", "%%%", "a" * 500, "& | ! : * ( )", "\x00"]
)
def test_odd_words_do_no_harm(text):
    assert search(SearchQuery(text=text)).total >= 0
    assert suggest(text) is not None


def test_pages_are_capped():
    page = search(SearchQuery(page=10**9, sort="nonsense"))

    assert (page.query.page, page.query.sort, page.cards) == (100, "best", ())


def test_live_suggestions():
    assert suggest("sto") == [("Stoneware mug", suggest("stoneware")[0][1])]
