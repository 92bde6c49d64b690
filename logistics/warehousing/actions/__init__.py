"""Every change of stock. Other rooms call these; topics of their own stand in the neighbouring files."""

from __future__ import annotations

from logistics.warehousing.actions.reserving import (
    available,
    commit,
    customs_statuses,
    extend,
    release,
    release_expired,
    reserve,
)
from logistics.warehousing.actions.shelf import pick, put, receive, ship, ship_if_committed, take_back
from logistics.warehousing.refusals import BadQuantity, LotDiffers, LotExpired, ReservationGone, StockShort

__all__ = [
    "BadQuantity",
    "LotDiffers",
    "LotExpired",
    "ReservationGone",
    "StockShort",
    "available",
    "commit",
    "customs_statuses",
    "extend",
    "pick",
    "put",
    "receive",
    "release",
    "release_expired",
    "reserve",
    "ship",
    "ship_if_committed",
    "take_back",
]
