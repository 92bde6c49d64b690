"""What goes on the shelf and what leaves it; lots leave first expired first."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from logistics.warehousing.actions import levels
from logistics.warehousing.models import (
    CustomsStatus,
    Lot,
    LotBalance,
    Pick,
    PickLine,
    Reservation,
    StockBalance,
    StockMove,
    Warehouse,
)
from logistics.warehousing.refusals import BadQuantity, LotDiffers, LotExpired, ReservationGone, StockShort
from marketplace.accounts.models import Company

# The bin where damaged pieces of a lot wait for a decision.
DAMAGED: Final = "DAMAGED"


def fit(lot: Lot, on: date, min_days_left: int) -> bool:
    """Tell whether a lot may leave on a day: good, and it keeps long enough after it."""
    if lot.state != Lot.State.GOOD:
        return False
    return lot.expires_on is None or (lot.expires_on - on).days >= max(min_days_left, 1)


@transaction.atomic
def ship(reference: str, *, at: datetime, min_days_left: int | None = None) -> list[StockMove]:
    """Take committed stock off the shelf as it was picked, else first expired first; once."""
    reservation = Reservation.objects.select_for_update(of=("self",)).get(reference=reference)
    if reservation.state == Reservation.State.SHIPPED:
        return list(StockMove.objects.filter(reference=reference, kind=StockMove.Kind.SHIPPED))
    if reservation.state != Reservation.State.COMMITTED:
        raise ReservationGone(until=reservation.expires_at)
    days = reservation.min_days_left if min_days_left is None else min_days_left
    moves: list[StockMove] = []
    for line in reservation.lines.select_related("balance").order_by("balance_id"):
        StockBalance.objects.filter(pk=line.balance_id).update(
            quantity=F("quantity") - line.quantity, reserved=F("reserved") - line.quantity
        )
        parts = _picked(reference, line.balance) or pick(
            line.balance, line.quantity, on=at.date(), min_days_left=days
        )
        for lot, part in parts:
            moves.append(
                StockMove(
                    balance=line.balance,
                    lot=lot,
                    kind=StockMove.Kind.SHIPPED,
                    quantity=-part,
                    reference=reference,
                    moved_at=at,
                )
            )
    reservation.state = Reservation.State.SHIPPED
    reservation.save(update_fields=["state"])
    Pick.objects.filter(reference=reference).exclude(state=Pick.State.CANCELLED).update(
        state=Pick.State.SHIPPED
    )
    return StockMove.objects.bulk_create(moves)


def _picked(reference: str, balance: StockBalance) -> list[tuple[Lot | None, int]]:
    """Take off the shelf what the pick list set aside for this order."""
    lines = PickLine.objects.filter(pick__reference=reference, balance=balance).exclude(
        pick__state=Pick.State.CANCELLED
    )
    taken: list[tuple[Lot | None, int]] = []
    for line in lines.select_related("lot_balance__lot").order_by("lot_balance_id"):
        row = line.lot_balance
        if row is not None:
            LotBalance.objects.filter(pk=row.pk).update(
                quantity=F("quantity") - line.quantity, set_aside=F("set_aside") - line.quantity
            )
        taken.append((row.lot if row else None, line.quantity))
    return taken


def pick(
    balance: StockBalance, quantity: int, *, on: date, min_days_left: int = 0
) -> list[tuple[Lot | None, int]]:
    """Take lots first expired first, leaving out bad ones and those too old for the way."""
    picked: list[tuple[Lot | None, int]] = []
    for row, part in choose_lots(balance, quantity, on=on, min_days_left=min_days_left):
        if row is not None:
            LotBalance.objects.filter(pk=row.pk).update(quantity=F("quantity") - part)
        picked.append((row.lot if row else None, part))
    return picked


def choose_lots(
    balance: StockBalance, quantity: int, *, on: date, min_days_left: int = 0
) -> list[tuple[LotBalance | None, int]]:
    """Lock a balance's lots and choose by expiry, then receipt; a SKU without lots gives (None, quantity)."""
    rows = LotBalance.objects.select_for_update(of=("self",)).filter(balance=balance, quantity__gt=0)
    ordered = sorted(
        rows.select_related("lot"), key=lambda r: (r.lot.expires_on or date.max, r.received_on, r.pk)
    )
    chosen: list[tuple[LotBalance | None, int]] = []
    left = quantity
    for row in ordered:
        part = min(left, row.quantity - row.set_aside - row.blocked)
        if part < 1 or not fit(row.lot, on, min_days_left):
            continue
        chosen.append((row, part))
        left -= part
        if not left:
            return chosen
    if ordered:
        raise StockShort(sku=balance.sku, available=quantity - left)
    return [(None, quantity)]


@transaction.atomic
def receive(
    sku: str,
    warehouse: Warehouse,
    quantity: int,
    *,
    lot_number: str = "",
    expires_on: date | None = None,
    made_on: date | None = None,
    customs_status: str = CustomsStatus.FREE,
    entry_number: str = "",
    owner: Company | None = None,
    reference: str = "",
    bin_code: str = "",
    blocked: bool = False,
    at: datetime | None = None,
) -> StockBalance:
    """Put goods on the shelf and write the move; the same reference and lot again changes nothing.

    `blocked` goods (damaged) are there and can never be promised.
    """
    at = at or timezone.now()
    if quantity < 1:
        raise BadQuantity
    if expires_on and expires_on <= at.date():
        raise LotExpired(lot=lot_number or sku)
    balance, _fresh = StockBalance.objects.get_or_create(
        sku=sku,
        warehouse=warehouse,
        customs_status=customs_status,
        defaults={"owner": owner or warehouse.owner},
    )
    StockBalance.objects.select_for_update().get(pk=balance.pk)
    lot = _lot(sku, lot_number, expires_on, made_on, entry_number) if lot_number else None
    kind = StockMove.Kind.DAMAGED if blocked else StockMove.Kind.RECEIVED
    known = StockMove.objects.filter(balance=balance, lot=lot, reference=reference, kind=kind)
    if not (reference and known.exists()):
        put(balance, lot, quantity, kind=kind, reference=reference, bin_code=bin_code, blocked=blocked, at=at)
    balance.refresh_from_db()
    return balance


def _lot(sku: str, number: str, expires_on: date | None, made_on: date | None, entry_number: str) -> Lot:
    """Find or open a lot; what another delivery said about its dates or customs entry must agree."""
    lot, made = Lot.objects.get_or_create(
        sku=sku,
        number=number,
        defaults={"expires_on": expires_on, "made_on": made_on, "entry_number": entry_number},
    )
    if made:
        return lot
    if expires_on and lot.expires_on and lot.expires_on != expires_on:
        raise LotDiffers(lot=number, known=lot.expires_on, given=expires_on)
    if entry_number and lot.entry_number and lot.entry_number != entry_number:
        raise LotDiffers(lot=number, known=lot.entry_number, given=entry_number)
    lot.expires_on = lot.expires_on or expires_on
    lot.entry_number = lot.entry_number or entry_number
    lot.save(update_fields=["expires_on", "entry_number"])
    return lot


def put(
    balance: StockBalance,
    lot: Lot | None,
    quantity: int,
    *,
    kind: str,
    reference: str,
    at: datetime,
    bin_code: str = "",
    blocked: bool = False,
    reserved: int = 0,
) -> None:
    """Add pieces to a shelf and write the move; inside the caller's transaction, the balance row is the lock.

    Pieces of a lot that is blocked are blocked at once.
    """
    aside = quantity if blocked or (lot is not None and lot.state != Lot.State.GOOD) else 0
    StockBalance.objects.filter(pk=balance.pk).update(
        quantity=F("quantity") + quantity,
        blocked=F("blocked") + aside,
        reserved=F("reserved") + reserved,
    )
    levels.moved([balance.sku])
    if lot:
        row, _new = LotBalance.objects.get_or_create(
            balance=balance,
            lot=lot,
            bin=DAMAGED if blocked else bin_code,
            defaults={"received_on": at.date()},
        )
        LotBalance.objects.filter(pk=row.pk).update(
            quantity=F("quantity") + quantity, blocked=F("blocked") + aside
        )
    StockMove.objects.create(
        balance=balance, lot=lot, kind=kind, quantity=quantity, reference=reference, moved_at=at
    )


@transaction.atomic
def take_back(
    sku: str,
    *,
    owner: Company,
    quantity: int,
    sellable: bool,
    order_number: str,
    reference: str,
    at: datetime,
) -> StockBalance:
    """Put returned goods on the owner's shelf, once per reference; what cannot be sold again is blocked.

    They go back into the lot they came from, so that a recall still finds them.
    """
    if quantity < 1:
        raise BadQuantity
    house = Warehouse.objects.filter(owner=owner).order_by("kind", "pk").first()
    if house is None:
        house = Warehouse.objects.create(
            code=f"WH-{owner.number}"[:20], name=owner.name[:80], country=owner.country, owner=owner
        )
    balance, _made = StockBalance.objects.get_or_create(
        sku=sku, warehouse=house, customs_status=CustomsStatus.FREE, defaults={"owner": owner}
    )
    StockBalance.objects.select_for_update(of=("self",)).get(pk=balance.pk)
    kind = StockMove.Kind.RETURNED
    if not StockMove.objects.filter(balance=balance, reference=reference, kind=kind).exists():
        shipped = StockMove.objects.filter(
            reference=order_number, balance__sku=sku, kind=StockMove.Kind.SHIPPED
        ).exclude(lot=None)
        last = shipped.select_related("lot").order_by("-pk").first()
        put(
            balance,
            last.lot if last else None,
            quantity,
            kind=kind,
            reference=reference,
            bin_code="RETURNS",
            blocked=not sellable,
            at=at,
        )
    balance.refresh_from_db()
    return balance


def ship_if_committed(reference: str, *, at: datetime) -> bool:
    """Take an order's stock off the shelf when the carrier has it; True when there was some."""
    committed = Reservation.objects.filter(reference=reference, state=Reservation.State.COMMITTED)
    if not committed.exists():
        return False
    ship(reference, at=at)
    return True
