"""From where goods could come: shelves that have enough, with their place. Prices are asked upstairs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from logistics.warehousing.actions.shelf import fit
from logistics.warehousing.models import CustomsStatus, LotBalance, StockBalance
from marketplace.kit.places import Place


@dataclass(frozen=True, slots=True)
class Candidate:
    """One shelf that could serve: where it is, in which customs status, how many it can give."""

    balance_id: int
    warehouse: str
    name: str
    kind: str
    place: Place
    customs_status: str
    available: int


def candidates(
    sku: str, quantity: int, *, destination: str, on: date, min_days_left: int = 0
) -> list[Candidate]:
    """List shelves with enough goods that keep long enough; bonded ones only inside the destination."""
    rows = StockBalance.objects.filter(sku=sku).free().select_related("warehouse__owner")
    found = []
    for row in rows.order_by("pk"):
        if row.customs_status == CustomsStatus.BONDED and row.warehouse.country != destination:
            continue
        left = min(row.left, _keeping(row, on, min_days_left)) if min_days_left else row.left
        if left < quantity:
            continue
        house, owner = row.warehouse, row.warehouse.owner
        place = Place(
            house.country,
            owner.postal_code if owner and owner.country == house.country else "",
            house.town or (owner.town if owner else ""),
        )
        found.append(Candidate(row.pk, house.code, house.name, house.kind, place, row.customs_status, left))
    return found


def _keeping(balance: StockBalance, on: date, min_days_left: int) -> int:
    lots = list(LotBalance.objects.filter(balance=balance, quantity__gt=0).select_related("lot"))
    if not lots:
        return balance.left
    return (
        sum(lot.quantity - lot.blocked for lot in lots if fit(lot.lot, on, min_days_left)) - balance.reserved
    )
