"""Speaking for stock, by conditional update: the balance row is the lock, nothing is sold twice."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import connection, transaction
from django.db.models import F, Sum
from django.utils import timezone

from logistics.warehousing.actions import levels, picking
from logistics.warehousing.actions.shelf import fit
from logistics.warehousing.fast import begin, reserve_one
from logistics.warehousing.models import (
    CustomsStatus,
    LotBalance,
    Reservation,
    ReservationLine,
    StockBalance,
)
from logistics.warehousing.refusals import BadQuantity, ReservationGone, StockShort

BATCH: Final = 200


def available(skus: Iterable[str], destination: str | None = None) -> dict[str, int]:
    """Return how many of each SKU can still be promised; bonded stock only counts inside its own country."""
    wanted = list(skus)
    rows = StockBalance.objects.filter(sku__in=wanted)
    near = rows.filter(customs_status=CustomsStatus.FREE)
    if destination:
        near = near | rows.filter(customs_status=CustomsStatus.BONDED, warehouse__country=destination)
    found = near.values("sku").annotate(free=Sum(F("quantity") - F("reserved") - F("blocked")))
    return dict.fromkeys(wanted, 0) | {row["sku"]: row["free"] for row in found}


def reserve(
    reference: str,
    wanted: Mapping[str, int],
    until: datetime,
    *,
    destination: str | None = None,
    min_days_left: int = 0,
    on: date | None = None,
    prefer: Sequence[int] = (),
) -> Reservation:
    """Speak for stock until a moment, all lines or none; the same reference again changes nothing.

    `min_days_left` counts only lots that keep at least so many days after `on`, for the way and the buyer;
    `prefer` names balances to take from first, cheapest delivered price first.
    """
    if not wanted or any(quantity < 1 for quantity in wanted.values()):
        raise BadQuantity
    if len(wanted) == 1 and not (connection.in_atomic_block or min_days_left or prefer):
        [(sku, quantity)] = wanted.items()
        if made := reserve_one(reference, sku, quantity, until, destination):
            reservation, left = made
            levels.taken(sku, quantity, left)
            return reservation
    asked = _Asked(destination, min_days_left, on or timezone.now().date(), tuple(prefer))
    return _reserve_all(reference, wanted, until, asked)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Where goods go, how long they must keep, and from where they are cheapest."""

    destination: str | None
    min_days_left: int
    on: date
    prefer: tuple[int, ...]

    def rank(self, row: StockBalance, left: int) -> tuple[int, bool, int, int]:
        """Sort candidates: cheapest, then same country, then the fullest shelf."""
        place = self.prefer.index(row.pk) if row.pk in self.prefer else len(self.prefer)
        return place, row.warehouse.country != self.destination, -left, row.pk


@transaction.atomic
def _reserve_all(reference: str, wanted: Mapping[str, int], until: datetime, asked: _Asked) -> Reservation:
    reservation = begin(reference, until, asked.min_days_left)
    if reservation is None:
        reservation = Reservation.objects.get(reference=reference)
        if reservation.state != Reservation.State.RELEASED:
            return reservation
        Reservation.objects.filter(pk=reservation.pk).update(
            state=Reservation.State.HELD, expires_at=until, min_days_left=asked.min_days_left
        )
        reservation.lines.all().delete()
        reservation.refresh_from_db()
    lines: list[ReservationLine] = []
    for sku in sorted(wanted):
        lines += _take(reservation, sku, wanted[sku], asked)
    ReservationLine.objects.bulk_create(lines)
    return reservation


def _take(reservation: Reservation, sku: str, quantity: int, asked: _Asked) -> list[ReservationLine]:
    """Take one SKU from one customs status: from a single warehouse where one has all, else from several."""
    rows = StockBalance.objects.filter(sku=sku).free().select_related("warehouse")
    left = _fresh(list(rows), asked)
    by_status: dict[str, list[StockBalance]] = {}
    for row in rows:
        if row.customs_status == CustomsStatus.FREE or row.warehouse.country == asked.destination:
            by_status.setdefault(row.customs_status, []).append(row)
    statuses = sorted(
        (CustomsStatus.FREE, CustomsStatus.BONDED),
        key=lambda s: min((asked.rank(row, 0)[0] for row in by_status.get(s, ())), default=len(asked.prefer)),
    )
    for status in statuses:
        candidates = sorted(by_status.get(status, ()), key=lambda row: asked.rank(row, left[row.pk]))
        whole = [row for row in candidates if left[row.pk] >= quantity]
        for row in whole:
            if _hold(row.pk, quantity):
                return [ReservationLine(reservation=reservation, balance=row, quantity=quantity)]
        if sum(left[row.pk] for row in candidates) >= quantity and not whole:
            taken = _take_parts(reservation, candidates, quantity, left)
            if taken:
                return taken
    some = sum(left.values()) if asked.min_days_left else available([sku], asked.destination)[sku]
    raise StockShort(sku=sku, available=some)


def _fresh(rows: list[StockBalance], asked: _Asked) -> dict[int, int]:
    """Return what each balance can promise; with a shelf life asked for, only of lots that keep so long."""
    free = {row.pk: row.left for row in rows}
    if not asked.min_days_left:
        return free
    keeps: dict[int, int] = {}
    lots = LotBalance.objects.filter(balance__in=rows, quantity__gt=0).select_related("lot")
    for lot in lots:
        keeps.setdefault(lot.balance_id, 0)
        if fit(lot.lot, asked.on, asked.min_days_left):
            keeps[lot.balance_id] += lot.quantity - lot.blocked
    promised = {row.pk: row.reserved for row in rows}
    return {
        pk: min(count, max(keeps[pk] - promised[pk], 0)) if pk in keeps else count
        for pk, count in free.items()
    }


def _take_parts(
    reservation: Reservation, rows: list[StockBalance], quantity: int, free: Mapping[int, int]
) -> list[ReservationLine] | None:
    lines: list[ReservationLine] = []
    left = quantity
    for row in rows:
        part = min(left, free[row.pk])
        if part and _hold(row.pk, part):
            lines.append(ReservationLine(reservation=reservation, balance=row, quantity=part))
            left -= part
        if not left:
            return lines
    for line in lines:
        StockBalance.objects.filter(pk=line.balance_id).update(reserved=F("reserved") - line.quantity)
    return None


HOLD: Final = """
UPDATE warehousing_stockbalance SET reserved = reserved + %(quantity)s
WHERE id = %(balance)s AND quantity >= reserved + blocked + %(quantity)s
RETURNING sku, quantity - reserved - blocked
"""


def _hold(balance_id: int, quantity: int) -> bool:
    """Reserve by one conditional update; the database decides who was first."""
    with connection.cursor() as cursor:
        cursor.execute(HOLD, {"balance": balance_id, "quantity": quantity})
        row = cursor.fetchone()
    if row is None:
        return False
    sku, left = row
    levels.taken(sku, quantity, left)
    return True


def customs_statuses(reference: str) -> dict[str, str]:
    """Tell in which customs status the goods of a reservation lie; a piece in bond makes its SKU bonded."""
    lines = ReservationLine.objects.filter(reservation__reference=reference)
    found: dict[str, str] = {}
    for sku, status in lines.values_list("balance__sku", "balance__customs_status"):
        found[sku] = CustomsStatus.BONDED if CustomsStatus.BONDED in {status, found.get(sku)} else str(status)
    return found


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
    if reservation.state == Reservation.State.COMMITTED:
        picking.cancel(reference=reservation.reference)
    lines = reservation.lines.select_related("balance").order_by("balance_id")
    for line in lines:
        StockBalance.objects.filter(pk=line.balance_id).update(reserved=F("reserved") - line.quantity)
    levels.moved(line.balance.sku for line in lines)
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
