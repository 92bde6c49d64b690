"""Products with all that a page or a price needs, kept in the process as long as no row of them changes.

PostgreSQL gives every version of a row a place and the number of the transaction that wrote it. One short
statement reads these for a product and everything around it; what is kept belongs to exactly that version,
so a change by whatever way (action, import, console, SQL) is seen by the next request of every process.
Kept objects are shared by requests: nobody changes them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django.db import connection
from django.db.models import Prefetch

from catalog.models import Picture, Product, Variant
from marketplace.kit.kept import Kept

VERSIONS: Final = """
SELECT p.id, concat_ws(' ', p.xmin, p.ctid, s.xmin, s.ctid, c.xmin, c.ctid, above.xmin, above.ctid,
  (SELECT string_agg(concat(v.id, v.ctid, v.xmin,
     (SELECT string_agg(concat('/', t.id, t.ctid, t.xmin), '' ORDER BY t.id)
      FROM catalog_pricetier t WHERE t.variant_id = v.id)), ',' ORDER BY v.id)
   FROM catalog_variant v WHERE v.product_id = p.id),
  (SELECT string_agg(concat(i.id, i.ctid, i.xmin), ',' ORDER BY i.id)
   FROM catalog_picture i WHERE i.product_id = p.id))
FROM catalog_product p
JOIN accounts_company s ON s.id = p.seller_id
LEFT JOIN catalog_category c ON c.id = p.category_id
LEFT JOIN catalog_category above ON above.id = c.parent_id
WHERE p.id = ANY(%s)
"""
MOST: Final = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class Listing:
    """One product in one version: `every` has all variants by key, `variants` those that are on sale."""

    product: Product
    every: dict[int, Variant]
    variants: tuple[Variant, ...]
    pictures: tuple[Picture, ...]
    version: str


_listings: Final = Kept[Listing](MOST)


def versions(products: Iterable[int]) -> dict[int, str]:
    """Name the version of each product with all around it: seller, shelf, variants, tiers, pictures."""
    with connection.cursor() as cursor:
        cursor.execute(VERSIONS, [list(products)])
        return dict(cursor.fetchall())


def listings(products: Iterable[int]) -> dict[int, Listing]:
    """Give these products as they are now: one statement when all are kept, else five."""
    wanted = sorted(set(products))
    if not wanted:
        return {}
    database = str(connection.settings_dict["NAME"])
    now = versions(wanted)
    found: dict[int, Listing] = {}
    for number, version in now.items():
        if known := _listings.get((database, number, version)):
            found[number] = known
    missing = [number for number in now if number not in found]
    if missing:
        for listing in _load(missing, now):
            number = listing.product.pk
            found[number] = _listings.keep((database, number, listing.version), listing)
    return found


def listing(product: int) -> Listing | None:
    """Give one product as it is now."""
    return listings([product]).get(product)


def _load(numbers: list[int], now: dict[int, str]) -> list[Listing]:
    rows = (
        Product.objects.filter(pk__in=numbers)
        .defer("search_vector", "search_title", "changes")
        .select_related("seller", "category__parent", "cover")
        .prefetch_related(
            "variants__tiers", Prefetch("pictures", Picture.objects.filter(state=Picture.State.READY))
        )
    )
    made = []
    for product in rows:
        every = list(product.variants.all())
        for variant in every:
            variant.product = product
        made.append(
            Listing(
                product=product,
                every={variant.pk: variant for variant in every},
                variants=tuple(variant for variant in every if variant.is_active),
                pictures=tuple(product.pictures.all()),
                version=now[product.pk],
            )
        )
    return made
