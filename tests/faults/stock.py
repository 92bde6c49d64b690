"""Goods for the scenarios: so many pieces of one thing, exactly."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.utils import timezone

from logistics.warehousing import actions as warehousing
from logistics.warehousing.models import Warehouse
from tests.orders.world import GOODS


def left(sku: str) -> int:
    """Count what can still be sold."""
    return warehousing.available([sku])[sku]


def goods(sku: str, pieces: int) -> None:
    """Bring the free stock of one thing to exactly so many pieces."""
    maker = f"COM-{GOODS[sku]['maker']}"
    now = left(sku)
    if now > pieces:
        held = f"put-away-{secrets.token_hex(4)}"
        warehousing.reserve(held, {sku: now - pieces}, timezone.now() + timedelta(days=1))
        warehousing.commit(held)
    elif now < pieces:
        warehousing.receive(
            sku,
            Warehouse.objects.get(code=f"WH-{maker}"),
            pieces - now,
            reference=f"more-{secrets.token_hex(4)}",
            at=timezone.now(),
        )
    assert left(sku) == pieces, (left(sku), pieces)
