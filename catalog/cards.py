"""Cards: one product as a list shows it, kept in the process as long as no row of it changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.db.models import F, FilteredRelation, Q

from catalog.models import DeliveredPrice, Picture, Product, Variant
from marketplace.kit.kept import Kept

MOST: Final = 1_500
# Which version each row of a card has; see catalog/kept.py.
VERSIONS: Final = """
SELECT p.id, concat_ws(' ', p.xmin, p.ctid, s.xmin, s.ctid, c.xmin, c.ctid, v.id, v.xmin, v.ctid,
  'i', i.xmin, i.ctid, 'd', d.xmin, d.ctid)
FROM catalog_product p
JOIN accounts_company s ON s.id = p.seller_id
LEFT JOIN catalog_category c ON c.id = p.category_id
LEFT JOIN catalog_variant v ON v.id = p.lead_id
LEFT JOIN catalog_picture i ON i.id = p.cover_id
LEFT JOIN catalog_deliveredprice d ON d.variant_id = v.id AND d.destination = %s AND d.currency = %s
WHERE p.id = ANY(%s)
"""
DELIVERED: Final = (
    "id",
    "quantity",
    "state",
    "goods_amount",
    "transport_amount",
    "tax_amount",
    "total_amount",
    "earliest_days",
    "latest_days",
    "nothing_at_the_door",
    "computed_at",
)


@dataclass(frozen=True, slots=True, eq=False)
class Card:
    """One product as a list shows it; `delivered` is None while its price is not worked out."""

    product: Product
    variant: Variant | None
    picture: Picture | None
    delivered: DeliveredPrice | None


_cards: Final = Kept[Card](MOST)


def cards(product_ids: Sequence[int], *, destination: str, currency: str) -> tuple[Card, ...]:
    """Give the cards of these products in the order given: one statement when all are kept, else two."""
    if not product_ids:
        return ()
    with connection.cursor() as cursor:
        cursor.execute(VERSIONS, [destination, currency, list(product_ids)])
        now: dict[int, str] = dict(cursor.fetchall())
    place = (str(connection.settings_dict["NAME"]), destination, currency)
    found = {pk: card for pk, version in now.items() if (card := _cards.get((*place, pk, version)))}
    missing = [pk for pk in now if pk not in found]
    if missing:
        for card in _load(missing, destination, currency):
            pk = card.product.pk
            found[pk] = _cards.keep((*place, pk, now[pk]), card)
    return tuple(found[pk] for pk in product_ids if pk in found)


def _load(product_ids: Sequence[int], destination: str, currency: str) -> list[Card]:
    rows = (
        Product.objects.filter(pk__in=product_ids)
        .defer("search_vector", "search_title", "description", "hs_evidence", "origin_papers", "changes")
        .annotate(
            there=FilteredRelation(
                "lead__delivered",
                condition=Q(lead__delivered__destination=destination, lead__delivered__currency=currency),
            )
        )
        .select_related("seller", "category", "lead", "cover")
        .annotate(**{f"there_{name}": F(f"there__{name}") for name in DELIVERED})
    )
    return [
        Card(product, product.lead, product.cover, _delivered(product, destination, currency))
        for product in rows
    ]


def _delivered(product: Any, destination: str, currency: str) -> DeliveredPrice | None:
    if product.there_id is None:
        return None
    fields = {name: getattr(product, f"there_{name}") for name in DELIVERED}
    return DeliveredPrice(variant_id=product.lead_id, destination=destination, currency=currency, **fields)
