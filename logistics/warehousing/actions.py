"""Every change of stock, by conditional update: the balance row is the lock, nothing is sold twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from logistics.warehousing.fast import reserve_one
from logistics.warehousing.models import (
    CustomsStatus,
    Lot,
    LotBalance,
    Reservation,
    ReservationLine,
    StockBalance,
    StockMove,
    Warehouse,
)
from marketplace.accounts.models import Company
from marketplace.kit.refusal import Refusal

BATCH = 200


class StockShort(Refusal):
    words = _("Only {available} of {sku} are left. Choose fewer, or come back later.")


class ReservationGone(Refusal):
    words = _("The goods were kept for you until {until}, and that time is over. Please start again.")


class BadQuantity(Refusal):
    words = _("The quantity must be a whole number above zero.")
    status = 400


class LotExpired(Refusal):
    words = _("Lot {lot} is past its date. Put it aside instead of receiving it.")


def available(skus: Iterable[str], destination: str | None = None) -> dict[str, int]:
    """Return how many of each SKU can still be promised; bonded stock only counts inside its own country."""
    wanted = list(skus)
    rows = StockBalance.objects.filter(sku__in=wanted)
    near = rows.filter(customs_status=CustomsStatus.FREE)
    if destination:
        near = near | rows.filter(customs_status=CustomsStatus.BONDED, warehouse__country=destination)
    found = near.values("sku").annotate(left=Sum(F("quantity") - F("reserved")))
    return dict.fromkeys(wanted, 0) | {row["sku"]: row["left"] for row in found}


def reserve(
    reference: str, wanted: Mapping[str, int], until: datetime, *, destination: str | None = None
) -> Reservation:
    """Speak for stock until a moment, all lines or none; the same reference again changes nothing."""
    if not wanted or any(quantity < 1 for quantity in wanted.values()):
        raise BadQuantity
    if len(wanted) == 1 and not connection.in_atomic_block:
        [(sku, quantity)] = wanted.items()
        if reservation := reserve_one(reference, sku, quantity, until, destination):
            return reservation
    return _reserve_all(reference, wanted, until, destination)


@transaction.atomic
def _reserve_all(
    reference: str, wanted: Mapping[str, int], until: datetime, destination: str | None
) -> Reservation:
    reservation, fresh = Reservation.objects.get_or_create(
        reference=reference, defaults={"expires_at": until}
    )
    if not fresh and reservation.state != Reservation.State.RELEASED:
        return reservation
    if not fresh:
        Reservation.objects.filter(pk=reservation.pk).update(state=Reservation.State.HELD, expires_at=until)
        reservation.lines.all().delete()
        reservation.refresh_from_db()
    lines: list[ReservationLine] = []
    for sku in sorted(wanted):
        lines += _take(reservation, sku, wanted[sku], destination)
    ReservationLine.objects.bulk_create(lines)
    return reservation


def _take(
    reservation: Reservation, sku: str, quantity: int, destination: str | None
) -> list[ReservationLine]:
    """Take one SKU from one customs status: from a single warehouse where one has all, else from several."""
    rows = StockBalance.objects.filter(sku=sku).free().select_related("warehouse")
    by_status: dict[str, list[StockBalance]] = {}
    for row in rows:
        if row.customs_status == CustomsStatus.FREE or row.warehouse.country == destination:
            by_status.setdefault(row.customs_status, []).append(row)
    for status in (CustomsStatus.FREE, CustomsStatus.BONDED):
        candidates = sorted(
            by_status.get(status, ()),
            key=lambda row: (row.warehouse.country != destination, row.reserved - row.quantity, row.pk),
        )
        whole = [row for row in candidates if row.quantity - row.reserved >= quantity]
        for row in whole:
            if _hold(row.pk, quantity):
                return [ReservationLine(reservation=reservation, balance=row, quantity=quantity)]
        if sum(row.quantity - row.reserved for row in candidates) >= quantity and not whole:
            taken = _take_parts(reservation, candidates, quantity)
            if taken:
                return taken
    raise StockShort(sku=sku, available=available([sku], destination)[sku])


def _take_parts(
    reservation: Reservation, rows: list[StockBalance], quantity: int
) -> list[ReservationLine] | None:
    lines: list[ReservationLine] = []
    left = quantity
    for row in rows:
        part = min(left, row.quantity - row.reserved)
        if part and _hold(row.pk, part):
            lines.append(ReservationLine(reservation=reservation, balance=row, quantity=part))
            left -= part
        if not left:
            return lines
    for line in lines:
        StockBalance.objects.filter(pk=line.balance_id).update(reserved=F("reserved") - line.quantity)
    return None


def _hold(balance_id: int, quantity: int) -> bool:
    """Reserve by one conditional update; the database decides who was first."""
    free = StockBalance.objects.filter(pk=balance_id, quantity__gte=F("reserved") + quantity)
    return free.update(reserved=F("reserved") + quantity) == 1


def extend(reference: str, until: datetime, *, now: datetime | None = None) -> Reservation:
    """Keep a held reservation longer, while a payment is under way; one that ran out is refused."""
    now = now or timezone.now()
    held = Reservation.objects.filter(
        reference=reference, state=Reservation.State.HELD, expires_at__gt=now
    ).update(expires_at=until)
    reservation = Reservation.objects.get(reference=reference)
    if not held and reservation.state != Reservation.State.COMMITTED:
        raise ReservationGone(until=reservation.expires_at)
    return reservation


@transaction.atomic
def commit(reference: str) -> Reservation:
    """Give reserved stock to the paid order; again changes nothing, a released one is taken anew."""
    reservation = Reservation.objects.select_for_update(of=("self",)).get(reference=reference)
    if reservation.state == Reservation.State.RELEASED:
        for line in reservation.lines.select_related("balance").order_by("balance__sku", "balance_id"):
            if not _hold(line.balance_id, line.quantity):
                raise StockShort(
                    sku=line.balance.sku, available=available([line.balance.sku])[line.balance.sku]
                )
    elif reservation.state != Reservation.State.HELD:
        return reservation
    reservation.state = Reservation.State.COMMITTED
    reservation.save(update_fields=["state"])
    return reservation


@transaction.atomic
def release(reference: str) -> bool:
    """Give reserved stock back; True when this call did it. Shipped stock stays shipped."""
    reservation = Reservation.objects.select_for_update(of=("self",)).filter(reference=reference).first()
    if reservation is None or reservation.state not in {
        Reservation.State.HELD,
        Reservation.State.COMMITTED,
    }:
        return False
    _release(reservation)
    return True


def _release(reservation: Reservation) -> None:
    for line in reservation.lines.order_by("balance_id"):
        StockBalance.objects.filter(pk=line.balance_id).update(reserved=F("reserved") - line.quantity)
    reservation.state = Reservation.State.RELEASED
    reservation.save(update_fields=["state"])


def release_expired(*, now: datetime) -> int:
    """Give back what ran out, in batches; two workers never take the same row."""
    count = 0
    while True:
        with transaction.atomic():
            due = (
                Reservation.objects.select_for_update(of=("self",), skip_locked=True)
                .filter(state=Reservation.State.HELD, expires_at__lte=now)
                .order_by("pk")[:BATCH]
            )
            batch = list(due)
            for reservation in batch:
                _release(reservation)
        count += len(batch)
        if len(batch) < BATCH:
            return count


@transaction.atomic
def ship(reference: str, *, at: datetime, min_days_left: int = 0) -> list[StockMove]:
    """Take committed stock off the shelf, first expired first; again changes nothing."""
    reservation = Reservation.objects.select_for_update(of=("self",)).get(reference=reference)
    if reservation.state == Reservation.State.SHIPPED:
        return list(StockMove.objects.filter(reference=reference, kind=StockMove.Kind.SHIPPED))
    if reservation.state != Reservation.State.COMMITTED:
        raise ReservationGone(until=reservation.expires_at)
    moves: list[StockMove] = []
    for line in reservation.lines.select_related("balance").order_by("balance_id"):
        StockBalance.objects.filter(pk=line.balance_id).update(
            quantity=F("quantity") - line.quantity, reserved=F("reserved") - line.quantity
        )
        for lot, part in pick(line.balance, line.quantity, on=at.date(), min_days_left=min_days_left):
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
    return StockMove.objects.bulk_create(moves)


def pick(
    balance: StockBalance, quantity: int, *, on: date, min_days_left: int = 0
) -> list[tuple[Lot | None, int]]:
    """Pick lots first expired first, leaving out bad ones and those too old for the way."""
    rows = LotBalance.objects.select_for_update(of=("self",)).filter(
        balance=balance, quantity__gt=0, lot__state=Lot.State.GOOD
    )
    ordered = sorted(
        rows.select_related("lot"), key=lambda r: (r.lot.expires_on or date.max, r.received_on, r.pk)
    )
    picked: list[tuple[Lot | None, int]] = []
    left = quantity
    for row in ordered:
        if row.lot.expires_on and (row.lot.expires_on - on).days < max(min_days_left, 1):
            continue
        part = min(left, row.quantity)
        LotBalance.objects.filter(pk=row.pk).update(quantity=F("quantity") - part)
        picked.append((row.lot, part))
        left -= part
        if not left:
            return picked
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
    at: datetime | None = None,
) -> StockBalance:
    """Put goods on the shelf and write the move; the same reference and lot again changes nothing."""
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
    lot = None
    if lot_number:
        lot, _made = Lot.objects.get_or_create(
            sku=sku,
            number=lot_number,
            defaults={"expires_on": expires_on, "made_on": made_on, "entry_number": entry_number},
        )
    known = StockMove.objects.filter(
        balance=balance, lot=lot, reference=reference, kind=StockMove.Kind.RECEIVED
    )
    if not (reference and known.exists()):
        StockBalance.objects.filter(pk=balance.pk).update(quantity=F("quantity") + quantity)
        if lot:
            row, _new = LotBalance.objects.get_or_create(
                balance=balance, lot=lot, bin=bin_code, defaults={"received_on": at.date()}
            )
            LotBalance.objects.filter(pk=row.pk).update(quantity=F("quantity") + quantity)
        StockMove.objects.create(
            balance=balance,
            lot=lot,
            kind=StockMove.Kind.RECEIVED,
            quantity=quantity,
            reference=reference,
            moved_at=at,
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
