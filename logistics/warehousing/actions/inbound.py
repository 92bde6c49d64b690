"""Announced deliveries: expected against received, short, over and damaged, lot by lot."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import F

from logistics.warehousing.actions.shelf import receive
from logistics.warehousing.events import InboundClosed
from logistics.warehousing.models import (
    CustomsStatus,
    Inbound,
    InboundLine,
    InboundScan,
    InboundState,
    Warehouse,
)
from logistics.warehousing.refusals import (
    AlreadyClosed,
    BadQuantity,
    EntryMissing,
    LotExpired,
    NotFound,
    NothingHere,
)
from logistics.warehousing.serial import serial
from marketplace.accounts.models import Company, User
from marketplace.events.bus import publish


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """One announced lot."""

    sku: str
    quantity: int
    lot_number: str = ""
    made_on: date | None = None
    expires_on: date | None = None


@transaction.atomic
def announce(
    *,
    warehouse: Warehouse,
    owner: Company,
    lines: Sequence[Expected],
    at: datetime,
    reference: str = "",
    expected_on: date | None = None,
    customs_status: str = CustomsStatus.FREE,
    entry_number: str = "",
) -> Inbound:
    """Tell a warehouse what is coming; bonded goods need their customs entry."""
    if not lines:
        raise NothingHere
    if any(line.quantity < 1 for line in lines):
        raise BadQuantity
    if customs_status == CustomsStatus.BONDED and not entry_number.strip():
        raise EntryMissing
    inbound = Inbound.objects.create(
        number=serial("IN"),
        warehouse=warehouse,
        owner=owner,
        reference=reference[:60],
        customs_status=customs_status,
        entry_number=entry_number.strip(),
        expected_on=expected_on,
        announced_at=at,
    )
    for line in lines:
        found, made = InboundLine.objects.get_or_create(
            inbound=inbound,
            sku=line.sku,
            lot_number=line.lot_number,
            defaults={
                "expected": line.quantity,
                "made_on": line.made_on,
                "expires_on": line.expires_on,
            },
        )
        if not made:
            InboundLine.objects.filter(pk=found.pk).update(expected=F("expected") + line.quantity)
    return inbound


@transaction.atomic
def receive_line(
    *,
    number: str,
    sku: str,
    lot_number: str = "",
    received: int,
    damaged: int = 0,
    bin_code: str = "",
    expires_on: date | None = None,
    key: str,
    by: User | None = None,
    at: datetime,
) -> InboundLine:
    """Book what was scanned, once per key; a lot that nobody announced is taken in and counts as over."""
    inbound = Inbound.objects.select_for_update(of=("self",)).select_related("warehouse").get(number=number)
    if known := InboundScan.objects.filter(key=key).select_related("line").first():
        return known.line
    if inbound.state not in {InboundState.ANNOUNCED, InboundState.RECEIVING}:
        raise AlreadyClosed(what=inbound.number)
    if received < 0 or damaged < 0 or received + damaged < 1:
        raise BadQuantity
    line = inbound.lines.filter(sku=sku, lot_number=lot_number).first()
    if line is None:
        if not inbound.lines.filter(sku=sku).exists():
            raise NotFound(what=sku)
        line = InboundLine.objects.create(
            inbound=inbound, sku=sku, lot_number=lot_number, expires_on=expires_on
        )
    _on_the_shelf(inbound, line, received, damaged, bin_code, key, at)
    InboundLine.objects.filter(pk=line.pk).update(
        received=F("received") + received, damaged=F("damaged") + damaged
    )
    InboundScan.objects.create(
        line=line, key=key, received=received, damaged=damaged, bin=bin_code, by=by, at=at
    )
    if inbound.state == InboundState.ANNOUNCED:
        inbound.move_to(InboundState.RECEIVING)
        inbound.save(update_fields=["state"])
    line.refresh_from_db()
    return line


def _on_the_shelf(
    inbound: Inbound, line: InboundLine, received: int, damaged: int, bin_code: str, key: str, at: datetime
) -> None:
    if line.expires_on and line.expires_on <= at.date():
        raise LotExpired(lot=line.lot_number or line.sku)
    for count, blocked in ((received, False), (damaged, True)):
        if count:
            receive(
                line.sku,
                inbound.warehouse,
                count,
                lot_number=line.lot_number,
                expires_on=line.expires_on,
                made_on=line.made_on,
                customs_status=inbound.customs_status,
                entry_number=inbound.entry_number,
                owner=inbound.owner,
                reference=f"{inbound.number}/{key}"[:60],
                bin_code=bin_code,
                blocked=blocked,
                at=at,
            )


@transaction.atomic
def close(*, number: str, at: datetime) -> Inbound:
    """Close a delivery: what has not come is short; again changes nothing."""
    inbound = Inbound.objects.select_for_update(of=("self",)).select_related("owner").get(number=number)
    if inbound.state == InboundState.CLOSED:
        return inbound
    if inbound.state == InboundState.ANNOUNCED:
        inbound.move_to(InboundState.RECEIVING)
    inbound.move_to(InboundState.CLOSED)
    inbound.closed_at = at
    inbound.save(update_fields=["state", "closed_at"])
    lines = list(inbound.lines.all())
    publish(
        InboundClosed(
            subject=inbound.number,
            owner=inbound.owner.number,
            short=sum(line.short for line in lines),
            over=sum(line.over for line in lines),
            damaged=sum(line.damaged for line in lines),
        )
    )
    return inbound
