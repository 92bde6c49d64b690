"""Goods between two warehouses: out of one, on the way, into the other; what is missing is written down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import F

from logistics.warehousing.actions import levels
from logistics.warehousing.actions.shelf import choose_lots, receive
from logistics.warehousing.models import (
    CustomsStatus,
    LotBalance,
    StockBalance,
    StockMove,
    Transfer,
    TransferLine,
    TransferState,
    Warehouse,
)
from logistics.warehousing.refusals import (
    BadQuantity,
    BondedStays,
    EntryMissing,
    NothingHere,
    NotWaiting,
    StockShort,
)
from logistics.warehousing.serial import serial

BONDED_PLACES = frozenset({Warehouse.Kind.BONDED, Warehouse.Kind.FREE_ZONE})


@transaction.atomic
def send(
    *,
    start: Warehouse,
    end: Warehouse,
    wanted: Mapping[str, int],
    key: str,
    at: datetime,
    customs_status: str = CustomsStatus.FREE,
    min_days_left: int = 0,
) -> Transfer:
    """Take goods off one shelf for another, first expired first; the same key again changes nothing.

    Bonded goods stay under bond: they go only to a bonded place of the same country. Goods from abroad that
    go to a bonded place arrive in bond.
    """
    if known := Transfer.objects.filter(key=key).first():
        return known
    if not wanted:
        raise NothingHere
    if any(quantity < 1 for quantity in wanted.values()):
        raise BadQuantity
    bonded_end = end.kind in BONDED_PLACES
    if customs_status == CustomsStatus.BONDED and not (bonded_end and end.country == start.country):
        raise BondedStays
    abroad = start.country != end.country
    arrives = CustomsStatus.BONDED if bonded_end and (abroad or customs_status == "bonded") else "free"
    transfer = Transfer.objects.create(
        number=serial("TRF"), key=key, start=start, end=end, arrives_as=arrives, sent_at=at
    )
    for sku in sorted(wanted):
        _take(transfer, sku, wanted[sku], customs_status, min_days_left, at)
    return transfer


def _take(
    transfer: Transfer, sku: str, quantity: int, customs_status: str, min_days_left: int, at: datetime
) -> None:
    rows = StockBalance.objects.filter(sku=sku, warehouse=transfer.start, customs_status=customs_status)
    balance = rows.select_for_update(of=("self",)).first()
    if balance is None or balance.left < quantity:
        raise StockShort(sku=sku, available=balance.left if balance else 0)
    StockBalance.objects.filter(pk=balance.pk).update(quantity=F("quantity") - quantity)
    levels.moved([sku])
    for row, part in choose_lots(balance, quantity, on=at.date(), min_days_left=min_days_left):
        if row is not None:
            LotBalance.objects.filter(pk=row.pk).update(quantity=F("quantity") - part)
        TransferLine.objects.create(
            transfer=transfer, balance=balance, lot=row.lot if row else None, quantity=part
        )
        StockMove.objects.create(
            balance=balance,
            lot=row.lot if row else None,
            kind=StockMove.Kind.TRANSFERRED,
            quantity=-part,
            reference=transfer.number,
            moved_at=at,
        )
    if transfer.owner_id is None and balance.owner_id is not None:
        transfer.owner_id = balance.owner_id
        transfer.save(update_fields=["owner"])


@transaction.atomic
def arrive(
    *,
    number: str,
    received: Mapping[int, tuple[int, int]],
    at: datetime,
    entry_number: str = "",
    bin_code: str = "",
) -> Transfer:
    """Take a transfer in: line id → (whole, damaged); what is left out is short. Again changes nothing.

    Goods that arrive in bond need the number of their customs entry.
    """
    transfer = (
        Transfer.objects.select_for_update(of=("self",)).select_related("end", "owner").get(number=number)
    )
    if transfer.state == TransferState.RECEIVED:
        return transfer
    if transfer.arrives_as == CustomsStatus.BONDED and not entry_number.strip():
        raise EntryMissing
    for line in transfer.lines.select_related("lot", "balance").order_by("pk"):
        whole, damaged = received.get(line.pk, (0, 0))
        if whole < 0 or damaged < 0 or whole + damaged > line.quantity:
            raise BadQuantity
        for count, blocked in ((whole, False), (damaged, True)):
            if count:
                receive(
                    line.balance.sku,
                    transfer.end,
                    count,
                    lot_number=line.lot.number if line.lot else "",
                    customs_status=transfer.arrives_as,
                    entry_number=entry_number.strip(),
                    owner=transfer.owner,
                    reference=f"{transfer.number}/{line.pk}",
                    bin_code=bin_code,
                    blocked=blocked,
                    at=at,
                )
        line.received, line.damaged = whole, damaged
        line.save(update_fields=["received", "damaged"])
    transfer.state, transfer.received_at = TransferState.RECEIVED, at
    transfer.entry_number = entry_number.strip()
    transfer.save(update_fields=["state", "received_at", "entry_number"])
    return transfer


def missing(transfer: Transfer) -> int:
    """Return how many pieces of a received transfer never came."""
    if transfer.state != TransferState.RECEIVED:
        raise NotWaiting(what=transfer.number, state=transfer.get_state_display())
    return sum(line.short for line in transfer.lines.all())
