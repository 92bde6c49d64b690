"""What the shop may say about stock: news when the last pieces move, and the count that pages read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from django.db import transaction
from django.db.models import F, Sum

from catalog import actions as catalog
from catalog.models import Variant
from catalog.stock import ANYWHERE, FEW, of_option
from logistics.warehousing.events import StockMoved
from logistics.warehousing.models import CustomsStatus, StockBalance
from marketplace.events.bus import publish

BATCH: Final = 2_000


def moved(skus: Iterable[str]) -> None:
    """Tell that pieces came or went; the pages are told after the commit."""
    with transaction.atomic(savepoint=False):
        for sku in sorted(set(skus)):
            publish(StockMoved(subject=sku))


def taken(sku: str, quantity: int, left: int) -> None:
    """Tell of pieces that were spoken for, when so few are left that a page says something else now.

    An order is never smaller than the seller's minimum: with more left than was taken, another one fits.
    """
    if left <= max(FEW, quantity):
        moved([sku])


def pieces(skus: Sequence[str]) -> dict[str, dict[str, int]]:
    """Count what can still be promised of each sku: anywhere, and in each country with goods in bond."""
    rows = (
        StockBalance.objects.filter(sku__in=skus)
        .free()
        .order_by()
        .values_list("sku", "customs_status", "warehouse__country")
        .annotate(open=Sum(F("quantity") - F("reserved") - F("blocked")))
    )
    made: dict[str, dict[str, int]] = {sku: {ANYWHERE: 0} for sku in skus}
    bonded: list[tuple[str, str, int]] = []
    for sku, status, country, left in rows:
        if status == CustomsStatus.BONDED:
            bonded.append((sku, country, left))
        else:
            made[sku][ANYWHERE] += left
    for sku, country, left in bonded:
        made[sku][country] = made[sku][ANYWHERE] + left
    return made


def show(skus: Iterable[str]) -> int:
    """Write what pages say about these goods, counted now; says how many rows changed."""
    return catalog.record_stock(skus, pieces)


def show_all() -> int:
    """Compare every option with the shelves and write what differs: the first count, and lost news."""
    changed = 0
    variants = Variant.objects.order_by("pk").values_list("sku", "minimum_quantity", "stock")
    wanted = list(variants)
    for start in range(0, len(wanted), BATCH):
        batch = wanted[start : start + BATCH]
        counted = pieces([sku for sku, _minimum, _stock in batch])
        wrong = [sku for sku, minimum, stock in batch if of_option(counted[sku], minimum) != stock]
        for place in range(0, len(wrong), 100):
            changed += show(wrong[place : place + 100])
    return changed
