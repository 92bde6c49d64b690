"""One statement that reserves one SKU: the common case, with the row lock held for as short as it can be."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import IntegrityError, connection
from django.utils import timezone

from logistics.warehousing.models import Reservation

# The inner choice may be out of date when the row is locked; the outer condition is checked again then.
RESERVE: Final = """
WITH taken AS (
    UPDATE warehousing_stockbalance SET reserved = reserved + %(quantity)s
    WHERE quantity >= reserved + blocked + %(quantity)s AND id = (
        SELECT balance.id FROM warehousing_stockbalance balance
        JOIN warehousing_warehouse warehouse ON warehouse.id = balance.warehouse_id
        WHERE balance.sku = %(sku)s AND balance.quantity >= balance.reserved + balance.blocked + %(quantity)s
          AND (balance.customs_status = 'free' OR warehouse.country = %(destination)s)
        ORDER BY balance.customs_status = 'bonded', warehouse.country <> %(destination)s,
                 balance.quantity - balance.reserved - balance.blocked DESC, balance.id
        LIMIT 1)
    RETURNING id, quantity - reserved - blocked AS left
), made AS (
    INSERT INTO warehousing_reservation (reference, state, expires_at, created_at, min_days_left)
    SELECT %(reference)s, 'HELD', %(until)s, now(), 0 FROM taken
    RETURNING id, created_at
), line AS (
    INSERT INTO warehousing_reservationline (reservation_id, balance_id, quantity)
    SELECT made.id, taken.id, %(quantity)s FROM made, taken
)
SELECT made.id, made.created_at, taken.left FROM made, taken
"""
BEGIN: Final = """
INSERT INTO warehousing_reservation (reference, state, expires_at, created_at, min_days_left)
VALUES (%s, %s, %s, %s, %s) ON CONFLICT (reference) DO NOTHING RETURNING id
"""


def reserve_one(
    reference: str, sku: str, quantity: int, until: datetime, destination: str | None
) -> tuple[Reservation, int] | None:
    """Reserve in one round trip, and say how many are left there.

    None when the reference is known or no single place has enough.
    """
    facts: dict[str, str | int | datetime] = {
        "reference": reference,
        "sku": sku,
        "quantity": quantity,
        "until": until,
        "destination": destination or "",
    }
    try:
        with connection.cursor() as cursor:
            cursor.execute(RESERVE, facts)
            row = cursor.fetchone()
    except IntegrityError:
        return None
    if row is None:
        return None
    pk, created_at, left = row
    held = Reservation.State.HELD
    return Reservation(pk=pk, reference=reference, state=held, expires_at=until, created_at=created_at), left


def begin(reference: str, until: datetime, min_days_left: int) -> Reservation | None:
    """Open a reservation in one statement; None when the reference is known."""
    now = timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(BEGIN, [reference, Reservation.State.HELD, until, now, min_days_left])
        row = cursor.fetchone()
    if row is None:
        return None
    return Reservation(
        pk=row[0], reference=reference, state=Reservation.State.HELD, expires_at=until,
        min_days_left=min_days_left, created_at=now,
    )  # fmt: skip
