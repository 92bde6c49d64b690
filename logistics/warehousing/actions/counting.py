"""Blind counts: nobody sees the books, a difference is counted again, another person approves it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import F

from logistics.warehousing.actions import levels
from logistics.warehousing.events import CountBooked
from logistics.warehousing.models import Count, CountState, LotBalance, StockBalance, StockMove
from logistics.warehousing.refusals import BadQuantity, NotWaiting, SamePerson, StillPromised
from logistics.warehousing.serial import serial
from marketplace.accounts.models import User
from marketplace.events.bus import publish


@transaction.atomic
def open_count(*, balance: StockBalance, lot_balance: LotBalance | None = None, at: datetime) -> Count:
    """Ask for a count of one shelf; while one is open, the same one is returned."""
    StockBalance.objects.select_for_update(of=("self",)).get(pk=balance.pk)
    known = Count.objects.open().filter(balance=balance, lot_balance=lot_balance).first()
    if known is not None:
        return known
    return Count.objects.create(number=serial("CNT"), balance=balance, lot_balance=lot_balance, opened_at=at)


@transaction.atomic
def enter(*, number: str, counted: int, by: User, at: datetime) -> Count:
    """Take a count in. Equal to the books it is done; else it is counted again.

    A recount that finds the books right ends it; one that finds the same difference waits for approval by
    somebody else; two counts that disagree are counted once more.
    """
    count = _locked(number)
    if counted < 0:
        raise BadQuantity
    if count.state not in {CountState.OPEN, CountState.RECOUNT}:
        raise NotWaiting(what=count.number, state=count.get_state_display())
    books = _books(count)
    if counted == books:
        count.difference = 0
        count.closed_at = at
        target = CountState.BOOKED
    elif count.state == CountState.OPEN:
        target = CountState.RECOUNT
    elif (
        count.first is not None
        and count.expected is not None
        and (counted - books == count.first - count.expected)
    ):
        count.difference = counted - books
        target = CountState.WAITING
    else:
        target = CountState.RECOUNT
    if count.state == CountState.OPEN or target == CountState.RECOUNT:
        count.first, count.first_by = counted, by
    else:
        count.second, count.second_by = counted, by
    count.expected = books
    count.move_to(target)
    count.save()
    return count


@transaction.atomic
def decide(*, number: str, approve: bool, by: User, at: datetime, note: str = "") -> Count:
    """Book a difference or refuse it; whoever counted may not decide. Again changes nothing."""
    count = _locked(number)
    if count.state in {CountState.BOOKED, CountState.REFUSED}:
        return count
    if count.state != CountState.WAITING:
        raise NotWaiting(what=count.number, state=count.get_state_display())
    if by.pk in {count.first_by_id, count.second_by_id}:
        raise SamePerson
    count.move_to(CountState.BOOKED if approve else CountState.REFUSED)
    count.decided_by, count.note, count.closed_at = by, note[:200], at
    if approve:
        _book(count, count.difference or 0, at)
    count.save()
    return count


def _locked(number: str) -> Count:
    count = Count.objects.select_for_update(of=("self",)).get(number=number)
    count.balance = StockBalance.objects.select_for_update(of=("self",)).get(pk=count.balance_id)
    if count.lot_balance_id:
        count.lot_balance = LotBalance.objects.select_related("lot").get(pk=count.lot_balance_id)
    return count


def _books(count: Count) -> int:
    """Return what the books say lies there now."""
    return count.lot_balance.quantity if count.lot_balance else count.balance.quantity


def _book(count: Count, difference: int, at: datetime) -> None:
    """Change the shelf by the difference; goods that moved since the count stay as they are."""
    if not difference:
        return
    balance, row = count.balance, count.lot_balance
    if difference < 0 and balance.left < -difference:
        raise StillPromised(count=balance.reserved)
    if row is not None and row.quantity + difference < row.set_aside + row.blocked:
        raise StillPromised(count=row.set_aside + row.blocked)
    StockBalance.objects.filter(pk=balance.pk).update(quantity=F("quantity") + difference)
    levels.moved([balance.sku])
    if row is not None:
        LotBalance.objects.filter(pk=row.pk).update(quantity=F("quantity") + difference)
    StockMove.objects.create(
        balance=balance,
        lot=row.lot if row else None,
        kind=StockMove.Kind.ADJUSTED,
        quantity=difference,
        reference=count.number,
        moved_at=at,
    )
    publish(CountBooked(subject=count.number, sku=balance.sku, difference=difference))
