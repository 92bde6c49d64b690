"""Pick lists: lots are set aside first expired first; one picker at a bin at a time."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from logistics.warehousing.actions.shelf import choose_lots
from logistics.warehousing.models import BinClaim, LotBalance, Pick, PickLine, Reservation, Warehouse
from logistics.warehousing.refusals import BadQuantity, BinTaken, NotWaiting, WrongGoods
from logistics.warehousing.serial import serial
from marketplace.accounts.models import User

AT_THE_BIN: Final = timedelta(minutes=5)


@transaction.atomic
def start(*, reference: str, at: datetime) -> list[Pick]:
    """Make the pick lists of a sold order, one for each warehouse; again returns the same lists."""
    reservation = Reservation.objects.select_for_update(of=("self",)).get(reference=reference)
    known = list(Pick.objects.filter(reference=reference).exclude(state=Pick.State.CANCELLED))
    if known:
        return known
    if reservation.state != Reservation.State.COMMITTED:
        raise NotWaiting(what=reference, state=reservation.get_state_display())
    picks: dict[int, Pick] = {}
    for line in reservation.lines.select_related("balance").order_by("balance_id"):
        balance = line.balance
        if balance.warehouse_id not in picks:
            picks[balance.warehouse_id] = Pick.objects.create(
                number=serial("PCK"), reference=reference, warehouse_id=balance.warehouse_id, made_at=at
            )
        chosen = choose_lots(balance, line.quantity, on=at.date(), min_days_left=reservation.min_days_left)
        for row, part in chosen:
            if row is not None:
                LotBalance.objects.filter(pk=row.pk).update(set_aside=F("set_aside") + part)
            PickLine.objects.create(
                pick=picks[balance.warehouse_id], balance=balance, lot_balance=row, quantity=part
            )
    return list(picks.values())


@transaction.atomic
def cancel(*, reference: str) -> int:
    """Put the pick lists of a released order away; what was set aside is free again."""
    count = 0
    lists = Pick.objects.select_for_update(of=("self",)).filter(
        reference=reference, state__in=[Pick.State.OPEN, Pick.State.PICKED]
    )
    for pick in lists.order_by("pk"):
        for line in pick.lines.select_related("lot_balance").order_by("lot_balance_id"):
            if line.lot_balance is not None:
                row = LotBalance.objects.filter(pk=line.lot_balance.pk)
                row.update(set_aside=F("set_aside") - line.quantity)
        pick.state = Pick.State.CANCELLED
        pick.save(update_fields=["state"])
        count += 1
    return count


@transaction.atomic
def go_to_bin(*, warehouse: Warehouse, bin_code: str, by: User, at: datetime) -> BinClaim:
    """Stand at a bin for five minutes; somebody who stands there already is named in the refusal."""
    until = at + AT_THE_BIN
    mine = BinClaim.objects.filter(warehouse=warehouse, bin=bin_code).filter(Q(picker=by) | Q(until__lte=at))
    if not mine.update(picker=by, until=until):
        try:
            with transaction.atomic():
                BinClaim.objects.create(warehouse=warehouse, bin=bin_code, picker=by, until=until)
        except IntegrityError:
            other = BinClaim.objects.select_related("picker").get(warehouse=warehouse, bin=bin_code)
            raise BinTaken(
                name=other.picker.name or other.picker.email, bin=bin_code, until=f"{other.until:%H:%M} UTC"
            ) from None
    return BinClaim.objects.get(warehouse=warehouse, bin=bin_code)


@transaction.atomic
def take(*, line_id: int, sku: str, quantity: int, by: User, at: datetime, lot_number: str = "") -> PickLine:
    """Confirm one line by scanning what was taken, once; wrong goods or numbers are refused."""
    line = (
        PickLine.objects.select_for_update(of=("self",))
        .select_related("pick__warehouse", "balance", "lot_balance__lot")
        .get(pk=line_id)
    )
    if line.picked_at is not None:
        if line.picked_by_id != by.pk:
            raise NotWaiting(what=line.balance.sku, state=line.pick.get_state_display())
        return line
    if line.pick.state != Pick.State.OPEN:
        raise NotWaiting(what=line.pick.number, state=line.pick.get_state_display())
    lot = line.lot_balance.lot if line.lot_balance else None
    wanted = f"{line.balance.sku} {lot.number if lot else ''}".strip()
    given = f"{sku} {lot_number}".strip()
    if sku != line.balance.sku or (lot is not None and lot_number != lot.number):
        raise WrongGoods(given=given, wanted=wanted)
    if quantity != line.quantity:
        raise (
            BadQuantity
            if quantity < 1
            else WrongGoods(given=f"{quantity} × {given}", wanted=f"{line.quantity} × {wanted}")
        )
    if line.bin:
        go_to_bin(warehouse=line.pick.warehouse, bin_code=line.bin, by=by, at=at)
    line.picked_by, line.picked_at = by, at
    line.save(update_fields=["picked_by", "picked_at"])
    if line.bin and not line.pick.lines.filter(lot_balance__bin=line.bin, picked_at=None).exists():
        BinClaim.objects.filter(warehouse=line.pick.warehouse, bin=line.bin, picker=by).delete()
    if not line.pick.lines.filter(picked_at=None).exists():
        Pick.objects.filter(pk=line.pick_id).update(state=Pick.State.PICKED)
    return line
