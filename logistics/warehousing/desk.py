"""What the stores' pages show: the company's shelves, work that waits, goods that can be counted."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet

from logistics.warehousing.models import (
    Count,
    Inbound,
    Lot,
    LotBalance,
    Pick,
    Reservation,
    StockBalance,
    StorageBill,
    Transfer,
    Warehouse,
    Withdrawal,
)
from marketplace.accounts.models import Company, User

SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Today:
    """Everything on the warehouse's first page."""

    balances: list[StockBalance]
    expiring: list[LotBalance]
    blocked: list[LotBalance]
    inbounds: list[Inbound]
    transfers: list[Transfer]
    counts: list[Count]
    picks: list[Pick]
    to_pick: list[Reservation]
    withdrawals: list[Withdrawal]
    bills: list[StorageBill]


def today(user: User, on: date) -> Today:
    """Gather a company's stores: a fixed number of questions, whatever its size."""
    lots = LotBalance.objects.filter(balance__owner=user.company_id, quantity__gt=0).select_related(
        "lot", "balance__warehouse"
    )
    return Today(
        balances=list(
            StockBalance.objects.visible_to(user).filter(quantity__gt=0).select_related("warehouse")[:200]
        ),
        expiring=list(lots.filter(lot__expires_on__lte=on + SOON).order_by("lot__expires_on")[:20]),
        blocked=list(lots.filter(blocked__gt=0)[:20]),
        inbounds=list(Inbound.objects.visible_to(user).open().select_related("warehouse")[:20]),
        transfers=list(
            Transfer.objects.visible_to(user).filter(state="IN_TRANSIT").select_related("start", "end")[:20]
        ),
        counts=list(
            Count.objects.visible_to(user)
            .open()
            .select_related("balance__warehouse", "lot_balance__lot")[:20]
        ),
        picks=list(open_picks(user).select_related("warehouse")[:20]),
        to_pick=list(to_pick(user)[:20]),
        withdrawals=list(Withdrawal.objects.visible_to(user).select_related("lot")[:10]),
        bills=list(StorageBill.objects.visible_to(user).select_related("warehouse")[:6]),
    )


def open_picks(user: User) -> QuerySet[Pick]:
    """Return pick lists with goods of the company that are not picked yet."""
    rows = Pick.objects.filter(state=Pick.State.OPEN)
    return rows if user.is_staff else rows.filter(lines__balance__owner=user.company_id).distinct()


def to_pick(user: User) -> QuerySet[Reservation]:
    """Return sold orders of the company that have no pick list yet."""
    listed = Pick.objects.exclude(state=Pick.State.CANCELLED).values("reference")
    rows = Reservation.objects.filter(state=Reservation.State.COMMITTED).exclude(reference__in=listed)
    return rows.filter(lines__balance__owner=user.company_id).distinct()


def owned_pick(user: User, number: str) -> Pick | None:
    """Find a pick list of the company's goods."""
    rows = Pick.objects.filter(number=number).select_related("warehouse")
    return rows.filter(lines__balance__owner=user.company_id).distinct().first()


def shelves(company: Company) -> QuerySet[StockBalance]:
    """Return the shelves that can be counted."""
    return StockBalance.objects.filter(owner=company).select_related("warehouse").order_by("sku", "pk")


def find_lot(user: User, sku: str, number: str) -> Lot | None:
    """Find a lot of goods that the company keeps somewhere."""
    rows = Lot.objects.filter(sku=sku, number=number)
    return rows.filter(balances__balance__owner=user.company_id).distinct().first()


def houses(user: User) -> QuerySet[Warehouse]:
    """Return the warehouses that a company may send goods to: its own, and those for everybody."""
    return Warehouse.objects.filter(owner=user.company_id) | Warehouse.objects.filter(owner=None)
