"""Every change of a shipment: open, book, hold, resume, cancel, pack, and what the carrier tells us."""

from __future__ import annotations

from logistics.actions.hearing import OPERATOR, NoSuchStatus, UnknownParcel, explain_code, record_tracking
from logistics.actions.opening import NothingToSend, ParcelPlan, open_shipment
from logistics.actions.shipping import (
    AlreadyMoving,
    NotBooked,
    ShipmentWaits,
    attach_booking,
    book,
    cancel,
    free_goods,
    hold,
    own_numbers,
    pack,
    print_label,
    resume,
)

__all__ = [
    "OPERATOR",
    "AlreadyMoving",
    "NoSuchStatus",
    "NotBooked",
    "NothingToSend",
    "ParcelPlan",
    "ShipmentWaits",
    "UnknownParcel",
    "attach_booking",
    "book",
    "cancel",
    "explain_code",
    "free_goods",
    "hold",
    "open_shipment",
    "own_numbers",
    "pack",
    "print_label",
    "record_tracking",
    "resume",
]
