"""Bonded goods leave bond against a declaration: a ledger row a withdrawal, and stock that becomes free."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum
from django.utils.translation import gettext_lazy as _

from logistics.warehousing.actions import BadQuantity, StockShort
from logistics.warehousing.models import BondedEntry, CustomsStatus, Lot, LotBalance, StockBalance, StockMove
from marketplace.kit.refusal import Refusal


class NoDeclaration(Refusal):
    words = _("Bonded goods leave bond only with a customs declaration. Enter its number.")
    status = 400


class LotBlocked(Refusal):
    words = _("Lot {lot} is blocked and cannot leave bond. Ask the warehouse why.")


@transaction.atomic
def withdraw(
    *,
    balance_id: int,
    lot_number: str,
    quantity: int,
    declaration: str,
    at: datetime,
    purpose: str = "consumption",
) -> BondedEntry:
    """Move a lot's goods out of bond, once per declaration; consumption makes them free stock.

    Duty is due on consumption, none on re-export or destruction (19 CFR 144); the row states the quantity
    before, withdrawn and remaining for the warehouse entry.
    """
    if quantity < 1:
        raise BadQuantity
    if not declaration.strip():
        raise NoDeclaration
    balance = StockBalance.objects.select_for_update(of=("self",)).get(
        pk=balance_id, customs_status=CustomsStatus.BONDED
    )
    lot = Lot.objects.get(sku=balance.sku, number=lot_number)
    if known := BondedEntry.objects.filter(lot=lot, declaration=declaration).first():
        return known
    if lot.state != Lot.State.GOOD:
        raise LotBlocked(lot=lot.number)
    rows = LotBalance.objects.select_for_update(of=("self",)).filter(balance=balance, lot=lot)
    before = sum(row.quantity for row in rows)
    free = StockBalance.objects.filter(pk=balance.pk, quantity__gte=F("reserved") + quantity)
    if before < quantity or not free.update(quantity=F("quantity") - quantity):
        raise StockShort(sku=balance.sku, available=min(before, balance.quantity - balance.reserved))
    _take(list(rows), quantity)
    StockMove.objects.create(
        balance=balance,
        lot=lot,
        kind=StockMove.Kind.TRANSFERRED,
        quantity=-quantity,
        reference=declaration,
        moved_at=at,
    )
    if purpose == "consumption":
        _free(balance, lot, quantity, declaration, at)
    return BondedEntry.objects.create(
        balance=balance,
        lot=lot,
        entry_number=lot.entry_number,
        declaration=declaration,
        purpose=purpose,
        before=before,
        withdrawn=quantity,
        remaining=before - quantity,
        at=at,
    )


def _take(rows: list[LotBalance], quantity: int) -> None:
    left = quantity
    for row in rows:
        part = min(left, row.quantity)
        LotBalance.objects.filter(pk=row.pk).update(quantity=F("quantity") - part)
        left -= part


def _free(balance: StockBalance, lot: Lot, quantity: int, declaration: str, at: datetime) -> None:
    """Put the withdrawn goods on the free shelf of the same warehouse."""
    target, _made = StockBalance.objects.get_or_create(
        sku=balance.sku,
        warehouse_id=balance.warehouse_id,
        customs_status=CustomsStatus.FREE,
        defaults={"owner_id": balance.owner_id},
    )
    StockBalance.objects.filter(pk=target.pk).update(quantity=F("quantity") + quantity)
    row, _new = LotBalance.objects.get_or_create(
        balance=target, lot=lot, bin="", defaults={"received_on": at.date()}
    )
    LotBalance.objects.filter(pk=row.pk).update(quantity=F("quantity") + quantity)
    StockMove.objects.create(
        balance=target,
        lot=lot,
        kind=StockMove.Kind.TRANSFERRED,
        quantity=quantity,
        reference=declaration,
        moved_at=at,
    )


@transaction.atomic
def recall(*, sku: str, lot_number: str) -> list[str]:
    """Block a lot everywhere and return the references of the orders that got goods of it."""
    lot = Lot.objects.select_for_update().get(sku=sku, number=lot_number)
    lot.state = Lot.State.RECALLED
    lot.save(update_fields=["state"])
    shipped = StockMove.objects.filter(lot=lot, kind=StockMove.Kind.SHIPPED).order_by("pk")
    return list(dict.fromkeys(shipped.values_list("reference", flat=True)))


@transaction.atomic
def count(*, balance_id: int, counted: int, reference: str, at: datetime) -> int:
    """Set a balance to what was counted and return the difference; the same count again changes nothing."""
    if counted < 0:
        raise BadQuantity
    balance = StockBalance.objects.select_for_update(of=("self",)).get(pk=balance_id)
    known = StockMove.objects.filter(balance=balance, reference=reference, kind=StockMove.Kind.ADJUSTED)
    difference = counted - balance.quantity
    if known.exists() or not difference:
        return 0
    if counted < balance.reserved:
        raise StockShort(sku=balance.sku, available=counted)
    balance.quantity = counted
    balance.save(update_fields=["quantity"])
    StockMove.objects.create(
        balance=balance, kind=StockMove.Kind.ADJUSTED, quantity=difference, reference=reference, moved_at=at
    )
    return difference


def unbalanced() -> list[StockBalance]:
    """Return balances that are not the sum of their moves: the nightly proof."""
    return list(
        StockBalance.objects.alias(moved=Sum("moves__quantity"))
        .exclude(moved=F("quantity"))
        .exclude(moved=None, quantity=0)
    )
