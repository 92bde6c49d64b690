"""Blocking lots: quarantine, recall, past their date. What is blocked lies there and cannot be promised."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.db.models import F

from logistics.warehousing.actions import levels
from logistics.warehousing.actions.shelf import DAMAGED
from logistics.warehousing.events import LotPutAside
from logistics.warehousing.models import Lot, LotBalance, StockBalance, StockMove
from logistics.warehousing.refusals import NotFound
from marketplace.events.bus import publish


@dataclass(frozen=True, slots=True)
class Blocked:
    """What blocking a lot did: pieces put aside, pieces already promised, and orders that got some."""

    put_aside: int
    promised: int
    orders: tuple[str, ...]


@transaction.atomic
def block(*, sku: str, lot_number: str, state: str = Lot.State.QUARANTINE) -> Blocked:
    """Block a lot in every warehouse, once; promised pieces are counted, they cannot leave."""
    lot = _lot(sku, lot_number)
    if lot.state == state:
        return Blocked(0, 0, shipped_to(lot))
    lot.state = state
    lot.save(update_fields=["state"])
    aside = promised = 0
    for row in LotBalance.objects.filter(lot=lot, quantity__gt=0).order_by("balance_id", "pk"):
        done, left = _put_aside(row.pk)
        aside, promised = aside + done, promised + left
    orders = shipped_to(lot)
    publish(LotPutAside(subject=sku, lot=lot.number, state=state, orders=orders))
    return Blocked(aside, promised, orders)


def _put_aside(row_id: int) -> tuple[int, int]:
    """Block what nobody was promised; the balance row is locked first, as everywhere."""
    row = LotBalance.objects.get(pk=row_id)
    balance = StockBalance.objects.select_for_update(of=("self",)).get(pk=row.balance_id)
    row.refresh_from_db()
    open_pieces = row.quantity - row.blocked
    part = min(open_pieces, balance.left)
    if part > 0:
        StockBalance.objects.filter(pk=balance.pk).update(blocked=F("blocked") + part)
        LotBalance.objects.filter(pk=row.pk).update(blocked=F("blocked") + part)
        levels.moved([balance.sku])
    return part, open_pieces - part


@transaction.atomic
def unblock(*, sku: str, lot_number: str) -> int:
    """Give a lot free again after a check and return how many pieces; damaged ones stay aside."""
    lot = _lot(sku, lot_number)
    lot.state = Lot.State.GOOD
    lot.save(update_fields=["state"])
    freed = 0
    for row in LotBalance.objects.filter(lot=lot, blocked__gt=0).exclude(bin=DAMAGED).order_by("balance_id"):
        StockBalance.objects.filter(pk=row.balance_id).update(blocked=F("blocked") - row.blocked)
        LotBalance.objects.filter(pk=row.pk).update(blocked=0)
        freed += row.blocked
    levels.moved([sku])
    return freed


def recall(*, sku: str, lot_number: str) -> list[str]:
    """Block a lot everywhere and return the references of the orders that got goods of it."""
    return list(block(sku=sku, lot_number=lot_number, state=Lot.State.RECALLED).orders)


def shipped_to(lot: Lot) -> tuple[str, ...]:
    """List the references of orders that got pieces of a lot, first shipped first."""
    moves = StockMove.objects.filter(lot=lot, kind=StockMove.Kind.SHIPPED).order_by("pk")
    return tuple(dict.fromkeys(moves.values_list("reference", flat=True)))


def block_expired(*, on: date) -> int:
    """Block the lots whose date has come, and return how many; the nightly task calls this."""
    due = Lot.objects.filter(state=Lot.State.GOOD, expires_on__lte=on).order_by("pk")
    pairs = list(due.values_list("sku", "number"))
    for sku, number in pairs:
        block(sku=sku, lot_number=number, state=Lot.State.EXPIRED)
    return len(pairs)


def _lot(sku: str, number: str) -> Lot:
    lot = Lot.objects.select_for_update().filter(sku=sku, number=number).first()
    if lot is None:
        raise NotFound(what=f"{sku} {number}")
    return lot
