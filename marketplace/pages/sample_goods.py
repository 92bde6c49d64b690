"""Invented goods for the style guide: cards in every state, filters, a search that finds nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from django.utils.safestring import SafeString

from catalog.cards import Card
from catalog.models import DeliveredPrice, Picture, Product, Variant
from catalog.search import Facets, FacetValue, SearchPage, SearchQuery
from marketplace.accounts.models import Company
from marketplace.pages.cards import cards_html

ON = date(2026, 11, 24)
State = DeliveredPrice.State


def cards() -> list[tuple[str, SafeString]]:
    """Draw a card in each state with what it says."""
    maker = Company(name="Mbali Weave Collective", slug="sample", town="Machakos", country="KE")
    kept = Picture.objects.filter(name__startswith="demo/").order_by("pk").first()
    shown = [
        ("Fixed: the delivered price, nothing else to pay", 1, _price(State.FIXED), kept),
        ("Fixed, from six pieces, without duty", 6, _price(State.FIXED, quantity=6, tax="0"), kept),
        ("Estimate: the most it can be", 1, _price(State.ESTIMATE), kept),
        ("Not possible: it cannot go there", 1, _price(State.NOT_POSSIBLE), kept),
        ("Waiting: the price is worked out when it is opened", 1, None, kept),
        ("Without a photo, with a long name", 1, _price(State.FIXED), None),
        ("Sold out", 1, _price(State.FIXED), kept),
        ("The last pieces", 1, _price(State.FIXED), kept),
    ]
    left = {"Sold out": {"": 0}, "The last pieces": {"": 3}}
    drawn = []
    for number, (words, least, price, picture) in enumerate(shown, start=1):
        long = "Hand-coiled sisal basket with leather handles and a lid for the market and for the house"
        product = Product(
            title=long if picture is None else "Kiondo basket M",
            slug=f"sample-{number}",
            seller=maker,
            stock=left.get(words, {}),
        )
        variant = Variant(price_amount=Decimal(2450), currency="KES", minimum_quantity=least, product=product)
        card = Card(product, variant, picture, price)
        drawn.append((words, cards_html([card], destination="DE", on=ON, eager=0)[0]))
    return drawn


def _price(state: State, *, quantity: int = 1, tax: str = "5.12") -> DeliveredPrice:
    if state == State.NOT_POSSIBLE:
        return DeliveredPrice(destination="DE", currency="EUR", quantity=quantity, state=state)
    parts = {
        "goods_amount": Decimal("16.31"),
        "transport_amount": Decimal("6.40"),
        "tax_amount": Decimal(tax),
    }
    return DeliveredPrice(
        destination="DE", currency="EUR", quantity=quantity, state=state, earliest_days=8, latest_days=12,
        total_amount=sum(parts.values()), nothing_at_the_door=state == State.FIXED,
        computed_at=datetime(2026, 11, 24, 12, tzinfo=UTC), **parts,
    )  # fmt: skip


def search() -> dict[str, Any]:
    """Give what the filters of a search need: some chosen, some left, a range of prices."""
    found = Facets(
        category=(FacetValue("home", "Home", 14, chosen=True), FacetValue("food", "Food", 22, chosen=False)),
        origin=(FacetValue("KE", "Kenya", 8, chosen=True), FacetValue("PE", "Peru", 6, chosen=False)),
        days=(FacetValue("7", "7", 3, chosen=False), FacetValue("14", "14", 11, chosen=True)),
        nothing_at_door=12,
        price_low=Decimal("3.20"),
        price_high=Decimal(214),
    )
    query = SearchQuery(text="basket", category="home", origin=("KE",), days=14)
    page = SearchPage(query=query, cards=(), total=14, facets=found, has_next=True)
    return {"found": page, "query": query, "chips": [{"words": "Kenya", "href": "?", "gives": 9}]}
