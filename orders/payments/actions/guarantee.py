"""The guarantee pool: it carries the difference between the duty that buyers paid and what was taken."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from marketplace.kit.money import Money
from orders.payments import books, ledger

POOL = "guarantee:pool"


@transaction.atomic
def record_guarantee(
    *, order_number: str, country: str, quoted: Money, actual: Money, key: str, at: datetime
) -> int | None:
    """Book the difference of one order once; None where it was booked before or nothing differs."""
    entries = ledger.guaranteed(country, quoted, actual)
    if not entries:
        return None
    memo = f"{order_number}: {quoted} quoted, {actual} taken"
    return books.post("guarantee", f"guarantee:{key}", entries, at=at, memo=memo)


def pool(currency: str) -> Money:
    """What the pool holds in a currency; below zero it has paid more than it took."""
    return books.balance(POOL, currency)
