"""Bonded goods leave bond against a declaration: a ledger row a withdrawal, and stock that becomes free."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F, Sum

from logistics.warehousing.actions import levels
from logistics.warehousing.actions.shelf import choose_lots, put
from logistics.warehousing.events import BondedWithdrawalAsked, BondedWithdrawn, OrderLeftBond
from logistics.warehousing.models import (
    BondedEntry,
    CustomsStatus,
    Lot,
    LotBalance,
    Reservation,
    ReservationLine,
    StockBalance,
    StockMove,
    Withdrawal,
)
from logistics.warehousing.refusals import (
    BadQuantity,
    LotBlocked,
    NoDeclaration,
    NotFound,
    NotWaiting,
    StockShort,
)
from logistics.warehousing.serial import serial
from marketplace.accounts.models import User
from marketplace.events.bus import publish


@transaction.atomic
def withdraw(
    *,
    balance_id: int,
    lot_number: str,
    quantity: int,
    declaration: str,
    at: datetime,
    purpose: str = "consumption",
    promised: int = 0,
) -> BondedEntry:
    """Move a lot's goods out of bond, once per declaration; consumption makes them free stock.

    Duty is due on consumption, none on re-export or destruction (19 CFR 144); the row states the quantity
    before, withdrawn and remaining for the warehouse entry (19 CFR 144.32). `promised` of the pieces belong
    to an order already and stay promised on the free shelf.
    """
    if quantity < 1:
        raise BadQuantity
    if not declaration.strip():
        raise NoDeclaration
    balance = (
        StockBalance.objects.select_for_update(of=("self",))
        .filter(pk=balance_id, customs_status=CustomsStatus.BONDED)
        .first()
    )
    if balance is None:
        raise NotFound(what=lot_number)
    lot = Lot.objects.filter(sku=balance.sku, number=lot_number).first()
    if lot is None:
        raise NotFound(what=lot_number)
    if known := BondedEntry.objects.filter(lot=lot, declaration=declaration).first():
        return known
    if lot.state != Lot.State.GOOD and purpose == "consumption":
        raise LotBlocked(lot=lot.number)
    before = _under_entry(balance, lot)
    _leave(balance, lot, quantity, promised, blocked_too=purpose == "destruction")
    _moved(balance, lot, -quantity, declaration, at, destroyed=purpose == "destruction")
    if purpose == "consumption":
        _free(balance, lot, quantity, promised, declaration, at)
    entry = BondedEntry.objects.create(
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
    publish(
        BondedWithdrawn(
            subject=declaration,
            sku=balance.sku,
            lot=lot.number,
            withdrawn=quantity,
            remaining=entry.remaining,
        )
    )
    return entry


def _under_entry(balance: StockBalance, lot: Lot) -> int:
    """Count what lies under the lot's customs entry: all its lots, or the lot alone without an entry."""
    rows = LotBalance.objects.filter(balance=balance)
    rows = rows.filter(lot__entry_number=lot.entry_number) if lot.entry_number else rows.filter(lot=lot)
    return int(rows.aggregate(sum=Sum("quantity"))["sum"] or 0)


def _leave(balance: StockBalance, lot: Lot, quantity: int, promised: int, *, blocked_too: bool) -> None:
    """Take pieces of one lot off the bonded shelf; blocked ones may only be destroyed."""
    rows = LotBalance.objects.select_for_update(of=("self",)).filter(balance=balance, lot=lot, quantity__gt=0)
    ordered = sorted(rows, key=lambda row: (-row.blocked if blocked_too else row.blocked, row.pk))
    usable = sum(row.quantity - row.set_aside - (0 if blocked_too else row.blocked) for row in ordered)
    if usable < quantity:
        raise StockShort(sku=balance.sku, available=max(usable, 0))
    left = quantity
    unblocked = 0
    for row in ordered:
        part = min(left, row.quantity - row.set_aside - (0 if blocked_too else row.blocked))
        aside = min(part, row.blocked) if blocked_too else 0
        LotBalance.objects.filter(pk=row.pk).update(
            quantity=F("quantity") - part, blocked=F("blocked") - aside
        )
        left, unblocked = left - part, unblocked + aside
    free = StockBalance.objects.filter(
        pk=balance.pk,
        reserved__gte=promised,
        quantity__gte=F("reserved") + F("blocked") + quantity - promised - unblocked,
    )
    if not free.update(
        quantity=F("quantity") - quantity,
        reserved=F("reserved") - promised,
        blocked=F("blocked") - unblocked,
    ):
        raise StockShort(sku=balance.sku, available=balance.left)
    levels.moved([balance.sku])


def _moved(
    balance: StockBalance, lot: Lot, quantity: int, declaration: str, at: datetime, *, destroyed: bool
) -> None:
    StockMove.objects.create(
        balance=balance,
        lot=lot,
        kind=StockMove.Kind.DESTROYED if destroyed else StockMove.Kind.TRANSFERRED,
        quantity=quantity,
        reference=declaration,
        moved_at=at,
    )


def _free(
    balance: StockBalance, lot: Lot, quantity: int, promised: int, declaration: str, at: datetime
) -> StockBalance:
    """Put the withdrawn goods on the free shelf of the same warehouse."""
    target = free_shelf(balance)
    put(
        target,
        lot,
        quantity,
        kind=StockMove.Kind.TRANSFERRED,
        reference=declaration,
        reserved=promised,
        at=at,
    )
    return target


def free_shelf(balance: StockBalance) -> StockBalance:
    """Find the free shelf beside a bonded one."""
    target, _made = StockBalance.objects.get_or_create(
        sku=balance.sku,
        warehouse_id=balance.warehouse_id,
        customs_status=CustomsStatus.FREE,
        defaults={"owner_id": balance.owner_id},
    )
    return target


@transaction.atomic
def withdraw_for_order(reference: str, *, declaration: str, at: datetime) -> list[BondedEntry]:
    """Take an order's bonded goods out of bond when customs passed its declaration; again changes nothing.

    The goods stay promised to the order; afterwards they lie on the free shelf of the same warehouse.
    """
    reservation = Reservation.objects.select_for_update(of=("self",)).filter(reference=reference).first()
    if reservation is None or reservation.state != Reservation.State.COMMITTED:
        return []
    entries: list[BondedEntry] = []
    lines = reservation.lines.filter(balance__customs_status=CustomsStatus.BONDED)
    for line in lines.select_related("balance").order_by("balance_id"):
        balance = StockBalance.objects.select_for_update(of=("self",)).get(pk=line.balance_id)
        chosen = choose_lots(balance, line.quantity, on=at.date(), min_days_left=reservation.min_days_left)
        per_lot: dict[str, int] = {}
        for row, part in chosen:
            if row is not None:
                per_lot[row.lot.number] = per_lot.get(row.lot.number, 0) + part
        for lot_number, part in per_lot.items():
            entries.append(
                withdraw(
                    balance_id=balance.pk, lot_number=lot_number, quantity=part, declaration=declaration,
                    at=at, promised=part,
                )
            )  # fmt: skip
        _to_free(line, free_shelf(balance))
    if entries:
        publish(OrderLeftBond(subject=reference))
    return entries


def _to_free(line: ReservationLine, target: StockBalance) -> None:
    """Let the reservation point at the free shelf, joined with a line that is there already."""
    known = ReservationLine.objects.filter(reservation=line.reservation_id, balance=target).first()
    if known is None:
        line.balance = target
        line.save(update_fields=["balance"])
    else:
        ReservationLine.objects.filter(pk=known.pk).update(quantity=F("quantity") + line.quantity)
        line.delete()


@transaction.atomic
def ask(
    *,
    balance_id: int,
    lot_number: str,
    quantity: int,
    key: str,
    by: User | None = None,
    purpose: str = "consumption",
    at: datetime,
) -> Withdrawal:
    """Ask customs to let goods out of bond, once per key; they stay there until it has passed."""
    if known := Withdrawal.objects.filter(key=key).first():
        return known
    if quantity < 1:
        raise BadQuantity
    balance = StockBalance.objects.select_related("warehouse", "owner").get(pk=balance_id)
    lot = Lot.objects.filter(sku=balance.sku, number=lot_number).first()
    if lot is None or balance.customs_status != CustomsStatus.BONDED:
        raise NotFound(what=lot_number)
    if balance.left < quantity:
        raise StockShort(sku=balance.sku, available=balance.left)
    made = Withdrawal.objects.create(
        number=serial("WDR"),
        key=key,
        balance=balance,
        lot=lot,
        quantity=quantity,
        purpose=purpose,
        asked_by=by,
        asked_at=at,
    )
    publish(
        BondedWithdrawalAsked(
            subject=made.number,
            owner=balance.owner.number if balance.owner else "",
            sku=balance.sku,
            lot=lot.number,
            quantity=quantity,
            purpose=purpose,
            entry=lot.entry_number,
            country=balance.warehouse.country,
        )
    )
    return made


@transaction.atomic
def complete(*, number: str, declaration: str, at: datetime) -> Withdrawal:
    """Let the asked goods out when customs has passed the declaration; again changes nothing."""
    wish = Withdrawal.objects.select_for_update(of=("self",)).select_related("lot").get(number=number)
    if wish.state == Withdrawal.State.REFUSED:
        raise NotWaiting(what=wish.number, state=wish.get_state_display())
    if wish.state == Withdrawal.State.ASKED:
        withdraw(
            balance_id=wish.balance_id,
            lot_number=wish.lot.number,
            quantity=wish.quantity,
            declaration=declaration,
            purpose=wish.purpose,
            at=at,
        )
        wish.state, wish.declaration, wish.done_at = Withdrawal.State.DONE, declaration, at
        wish.save(update_fields=["state", "declaration", "done_at"])
    return wish


@transaction.atomic
def refuse(*, number: str, at: datetime) -> Withdrawal:
    """Note that customs does not let the goods out; they stay in bond."""
    wish = Withdrawal.objects.select_for_update(of=("self",)).get(number=number)
    if wish.state == Withdrawal.State.ASKED:
        wish.state, wish.done_at = Withdrawal.State.REFUSED, at
        wish.save(update_fields=["state", "done_at"])
    return wish


def unbalanced() -> list[StockBalance]:
    """Return balances that are not the sum of their moves: the nightly proof."""
    return list(
        StockBalance.objects.alias(moved=Sum("moves__quantity"))
        .exclude(moved=F("quantity"))
        .exclude(moved=None, quantity=0)
    )
