"""From where goods could come: bonded or free shelves that have enough. Prices are asked upstairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from logistics.warehousing.models import CustomsStatus, StockBalance
from marketplace.kit.places import Place


@dataclass(frozen=True, slots=True)
class Spot:
    """One warehouse that has goods in one customs status: which balances, how many of each SKU."""

    warehouse: str
    name: str
    kind: str
    place: Place
    customs_status: str
    owner: int | None
    balances: Mapping[str, int]
    left: Mapping[str, int]

    def serves(self, wanted: Mapping[str, int]) -> bool:
        """Tell whether everything wanted lies here."""
        return all(self.left.get(sku, 0) >= quantity for sku, quantity in wanted.items())


def spots(skus: Iterable[str], *, destination: str) -> tuple[Spot, ...]:
    """List every place with stock of these SKUs in one statement; bonded ones only inside the destination."""
    rows = StockBalance.objects.filter(sku__in=list(skus)).free().select_related("warehouse")
    found: dict[tuple[int, str], list[StockBalance]] = {}
    for row in rows.order_by("pk"):
        if row.customs_status == CustomsStatus.FREE or row.warehouse.country == destination:
            found.setdefault((row.warehouse_id, row.customs_status), []).append(row)
    return tuple(_spot(status, rows) for (_house, status), rows in found.items())


def _spot(status: str, rows: list[StockBalance]) -> Spot:
    house = rows[0].warehouse
    return Spot(
        house.code,
        house.name,
        house.kind,
        Place(house.country, "", house.town),
        status,
        house.owner_id,
        {row.sku: row.pk for row in rows},
        {row.sku: row.left for row in rows},
    )
