"""Storage fees: a snapshot of the volume each day, a bill each month made of snapshots, told as a fact."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.db import transaction
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from logistics.warehousing.events import StorageCharged
from logistics.warehousing.models import (
    LotBalance,
    StockBalance,
    StorageBill,
    StorageRate,
    StorageSnapshot,
    Warehouse,
)
from logistics.warehousing.serial import serial
from marketplace.accounts.models import Company
from marketplace.events.bus import publish
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal

CBM: Final = Decimal(1_000_000)
PLACES: Final = Decimal("0.000001")
AGED: Final = 181


class MonthNotOver(Refusal):
    words = _("The month {month} is not over, so its storage cannot be billed yet.")


class NoStorageRate(Refusal):
    words = _("No storage rate is in force for {warehouse} on {day}. Enter one with its source first.")


@transaction.atomic
def take_snapshot(*, day: date) -> int:
    """Write the volume of every SKU in warehouses that are not the owner's own; a second run adds nothing."""
    rows = StockBalance.objects.filter(quantity__gt=0).exclude(owner=None).select_related("warehouse")
    held: dict[tuple[int, int, str], tuple[int, int]] = {}
    old = {
        row["balance_id"]: row["sum"]
        for row in LotBalance.objects.filter(received_on__lte=day - timedelta(days=AGED))
        .values("balance_id")
        .annotate(sum=Sum("quantity"))
    }
    for row in rows:
        if row.owner_id is None or row.warehouse.owner_id == row.owner_id:
            continue
        key = (row.warehouse_id, row.owner_id, row.sku)
        before = held.get(key, (0, 0))
        held[key] = (before[0] + row.quantity, before[1] + old.get(row.pk, 0))
    sizes = _sizes({sku for _warehouse, _owner, sku in held})
    made = StorageSnapshot.objects.bulk_create(
        [
            StorageSnapshot(
                day=day, warehouse_id=warehouse, owner_id=owner, sku=sku, quantity=count,
                aged_quantity=aged, unit_cbm=sizes.get(sku),
            )
            for (warehouse, owner, sku), (count, aged) in sorted(held.items())
        ],
        ignore_conflicts=True,
    )  # fmt: skip
    return len(made)


def _sizes(skus: set[str]) -> dict[str, Decimal]:
    """Give the packed volume of one piece in m³ where it is known."""
    sides = Variant.objects.filter(sku__in=skus).values_list("sku", "length_cm", "width_cm", "height_cm")
    return {
        sku: (a * b * c / CBM).quantize(PLACES, ROUND_HALF_UP)
        for sku, a, b, c in sides
        if a is not None and b is not None and c is not None
    }


@dataclass(frozen=True, slots=True)
class Storage:
    """A month worked out from its snapshots."""

    average_cbm: Decimal
    amount: Money
    unmeasured: tuple[str, ...]
    illustrative: bool


def work_out(*, owner: Company, warehouse: Warehouse, month: date) -> Storage | None:
    """Price a month: each day's volume times the rate of that day, old pieces times their factor.

    Rounded once at the end. Goods without a size are named, not guessed.
    """
    first = month.replace(day=1)
    days = calendar.monthrange(first.year, first.month)[1]
    shots = StorageSnapshot.objects.filter(
        owner=owner, warehouse=warehouse, day__gte=first, day__lt=first + timedelta(days=days)
    )
    amount, volume, unmeasured, currency, illustrative = Decimal(0), Decimal(0), set(), "", False
    for shot in shots.order_by("day", "sku"):
        rate = rate_on(warehouse, shot.day)
        if currency and rate.currency != currency:
            raise NoStorageRate(warehouse=warehouse.name, day=shot.day)
        currency, illustrative = rate.currency, illustrative or rate.illustrative
        if shot.unit_cbm is None:
            unmeasured.add(shot.sku)
            continue
        young = shot.quantity - shot.aged_quantity
        amount += (young + shot.aged_quantity * rate.aged_factor) * shot.unit_cbm * rate.per_cbm_day
        volume += shot.quantity * shot.unit_cbm
    if not currency:
        return None
    average = (volume / days).quantize(PLACES, ROUND_HALF_UP)
    return Storage(average, Money(amount, currency).rounded(), tuple(sorted(unmeasured)), illustrative)


def rate_on(warehouse: Warehouse, day: date) -> StorageRate:
    """Find the rate of a warehouse on a day, its own before the general one; none is a refusal."""
    rows = StorageRate.objects.filter(
        Q(warehouse=warehouse) | Q(warehouse=None),
        Q(valid_until=None) | Q(valid_until__gte=day),
        valid_from__lte=day,
    )
    best = max(rows, key=lambda row: (row.warehouse_id is not None, row.valid_from), default=None)
    if best is None:
        raise NoStorageRate(warehouse=warehouse.name, day=day)
    return best


@transaction.atomic
def bill(*, owner: Company, warehouse: Warehouse, month: date, at: datetime) -> StorageBill | None:
    """Bill a finished month once and tell it as a fact; None when nothing lay there."""
    first = month.replace(day=1)
    days = calendar.monthrange(first.year, first.month)[1]
    if at.date() < first + timedelta(days=days):
        raise MonthNotOver(month=f"{first:%Y-%m}")
    known = StorageBill.objects.filter(owner=owner, warehouse=warehouse, month=first).first()
    if known is not None:
        return known
    worked = work_out(owner=owner, warehouse=warehouse, month=first)
    if worked is None:
        return None
    made = StorageBill.objects.create(
        number=serial("STO"), owner=owner, warehouse=warehouse, month=first, days=days,
        average_cbm=worked.average_cbm, amount=worked.amount.amount, currency=worked.amount.currency,
        unmeasured=list(worked.unmeasured), illustrative=worked.illustrative, billed_at=at,
    )  # fmt: skip
    if worked.amount:
        publish(
            StorageCharged(
                subject=made.number, seller=owner.number, amount=str(made.amount), currency=made.currency,
                month=f"{first:%Y-%m}",
            )
        )  # fmt: skip
    return made


def bill_month(*, month: date, at: datetime) -> int:
    """Bill a month for everybody who kept goods in a warehouse of others; a place without rate is skipped."""
    first = month.replace(day=1)
    last = first + timedelta(days=calendar.monthrange(first.year, first.month)[1])
    pairs = (
        StorageSnapshot.objects.filter(day__gte=first, day__lt=last)
        .order_by("owner_id", "warehouse_id")
        .values_list("owner_id", "warehouse_id")
        .distinct()
    )
    billed = 0
    for owner, warehouse in list(pairs):
        try:
            made = bill(
                owner=Company.objects.get(pk=owner),
                warehouse=Warehouse.objects.get(pk=warehouse),
                month=first,
                at=at,
            )
        except NoStorageRate:
            continue
        billed += made is not None
    return billed
