"""From where goods could come: bonded or free shelves that have enough. Prices are asked upstairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from django.db import connection

from marketplace.kit.places import Place

# Read by every cart and product page, so it makes no rows of the ORM.
SHELVES: Final = """
SELECT balance.id, balance.sku, balance.quantity - balance.reserved - balance.blocked, balance.customs_status,
  house.id, house.code, house.name, house.kind, house.country, house.town, house.owner_id
FROM warehousing_stockbalance balance JOIN warehousing_warehouse house ON house.id = balance.warehouse_id
WHERE balance.sku = ANY(%s) AND balance.quantity > balance.reserved + balance.blocked
  AND (balance.customs_status = 'free' OR house.country = %s)
ORDER BY balance.id
"""


@dataclass(frozen=True, slots=True)
class Spot:
    """One warehouse that has goods in one customs status: which balances, how many of each SKU."""

    warehouse: str
    name: str
    kind: str
    place: Place
    customs_status: str
    owner: int | None
    balances: dict[str, int]
    left: dict[str, int]

    def serves(self, wanted: Mapping[str, int]) -> bool:
        """Tell whether everything wanted lies here."""
        return all(self.left.get(sku, 0) >= quantity for sku, quantity in wanted.items())


def spots(skus: Iterable[str], *, destination: str) -> tuple[Spot, ...]:
    """List every place with stock of these SKUs in one statement; bonded ones only inside the destination."""
    found: dict[tuple[int, str], Spot] = {}
    with connection.cursor() as cursor:
        cursor.execute(SHELVES, [list(skus), destination])
        for balance, sku, left, status, house, code, name, kind, country, town, owner in cursor.fetchall():
            if (house, status) not in found:
                found[house, status] = Spot(code, name, kind, Place(country, "", town), status, owner, {}, {})
            spot = found[house, status]
            spot.balances[sku], spot.left[sku] = balance, left
    return tuple(found.values())
