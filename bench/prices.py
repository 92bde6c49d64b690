"""Fill the cards of the measured catalogue with prices delivered to Berlin, and put stock on the shelf.

The product's own calculators price every tenth listing; its neighbours repeat that row, so that the table
has its true size without minutes of arithmetic that no figure is about.
"""

from __future__ import annotations

import os

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "marketplace.settings")


EXACT, TENTH = 100, 10
COLUMNS = (
    "destination, currency, quantity, state, goods_amount, transport_amount, tax_amount, total_amount,"
    " earliest_days, latest_days, nothing_at_the_door, basis_key, computed_at"
)
COPY = f"""
INSERT INTO catalog_deliveredprice (variant_id, {COLUMNS})
SELECT v.id, {COLUMNS.replace("quantity", "near.quantity").replace("currency", "near.currency")}
FROM catalog_variant v
CROSS JOIN LATERAL (
  SELECT * FROM catalog_deliveredprice d WHERE d.variant_id <= v.id ORDER BY d.variant_id DESC LIMIT 1
) near
WHERE NOT EXISTS (SELECT 1 FROM catalog_deliveredprice d WHERE d.variant_id = v.id)
"""


def fill(pieces: int = 1000) -> int:
    """Price every tenth listing, copy to the others, stock the first ones for sale."""
    from django.db import connection
    from django.utils import timezone

    from catalog.models import Variant
    from logistics.warehousing import actions as stock
    from logistics.warehousing.models import Warehouse
    from marketplace.kit.places import Place
    from orders import delivered

    at = timezone.now()
    numbers = list(Variant.objects.for_sale().order_by("pk").values_list("pk", flat=True))
    exact = [*numbers[:EXACT], *numbers[EXACT::TENTH]]
    count = delivered.recompute(exact, at=at, destinations=((Place("DE", "10115"), "EUR"),))
    with connection.cursor() as cursor:
        cursor.execute(COPY)
    for variant in Variant.objects.for_sale().select_related("product__seller").order_by("pk")[:120]:
        maker = variant.product.seller
        shelf, _ = Warehouse.objects.get_or_create(
            code=f"BENCH-{maker.pk}",
            defaults={"name": maker.name, "country": maker.country, "town": maker.town, "owner": maker},
        )
        stock.receive(variant.sku, shelf, pieces, owner=maker, reference="bench", at=at)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")
    return count


if __name__ == "__main__":
    django.setup()
    fill()
