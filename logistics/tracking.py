"""Carriers' codes put into our own words: UPU EMSEVT, DCSA and the house carrier's. Plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

ENDED: Final = frozenset({"delivered", "returned", "cancelled"})
PROOFS: Final = frozenset({"signed_by", "photo", "pin", "signature", "proof", "document"})

UPU: Final[Mapping[str, tuple[str, str, bool]]] = {
    "EMA": ("picked_up", "", False),
    "EMB": ("in_transit", "at outward exchange", False),
    "EXA": ("export_customs", "", False),
    "EXB": ("export_customs", "customs_inspection", False),
    "EXC": ("in_transit", "export cleared", False),
    "EXD": ("on_hold", "carrier_hold", False),
    "EXX": ("cancelled", "export cancelled", True),
    "EMC": ("in_transit", "left the country", False),
    "EMJ": ("in_transit", "transit", False),
    "EMK": ("in_transit", "transit", False),
    "EMD": ("in_transit", "arrived in the country", False),
    "EDA": ("on_hold", "carrier_hold", False),
    "EDB": ("import_customs", "", False),
    "EME": ("customs_hold", "customs_documentation", True),
    "EDC": ("customs_cleared", "", False),
    "EMF": ("in_transit", "left inward exchange", False),
    "EMG": ("in_transit", "at delivery office", False),
    "EDH": ("available_for_pickup", "", True),
    "EMH": ("delivery_failed", "consignee_absent", True),
    "EMI": ("delivered", "", False),
}
DCSA: Final[Mapping[str, tuple[str, str, bool]]] = {
    "SHIPMENT:RECE": ("info_received", "", False),
    "SHIPMENT:CONF": ("info_received", "", False),
    "SHIPMENT:HOLD": ("customs_hold", "customs_inspection", True),
    "SHIPMENT:RELS": ("customs_cleared", "", False),
    "TRANSPORT:DEPA": ("in_transit", "", False),
    "TRANSPORT:ARRI": ("in_transit", "", False),
    "EQUIPMENT:GTIN": ("picked_up", "", False),
    "EQUIPMENT:LOAD": ("in_transit", "loaded", False),
    "EQUIPMENT:DISC": ("in_transit", "unloaded", False),
    "EQUIPMENT:GTOT": ("out_for_delivery", "", False),
    "EQUIPMENT:INSP": ("import_customs", "customs_inspection", False),
    "EQUIPMENT:CUSS": ("import_customs", "", False),
    "EQUIPMENT:CUSI": ("import_customs", "customs_inspection", False),
    "EQUIPMENT:CUSR": ("customs_cleared", "", False),
    "EQUIPMENT:DROP": ("delivered", "", False),
}
OWN: Final = frozenset(
    {
        "created",
        "info_received",
        "picked_up",
        "in_transit",
        "export_customs",
        "import_customs",
        "customs_cleared",
        "customs_hold",
        "out_for_delivery",
        "available_for_pickup",
        "delivery_failed",
        "delayed",
        "on_hold",
        "delivered",
        "returning",
        "returned",
        "lost",
        "damaged",
        "cancelled",
        "expired",
    }
)
ASKS: Final = frozenset(
    {"customs_hold", "delivery_failed", "available_for_pickup", "lost", "damaged", "returned"}
)


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a code says: our status, why, and whether somebody must act."""

    status: str
    reason: str = ""
    action_required: bool = False


@dataclass(frozen=True, slots=True)
class Seen:
    """A status at a moment, as far as the order of events matters."""

    status: str
    happened_at: datetime


def understand(code: str, evidence: Mapping[str, object] | None = None) -> Meaning:
    """Translate a code; unknown ones wait for an operator, "delivered" needs the carrier's evidence."""
    key = code.strip()
    row = UPU.get(key.upper()) or DCSA.get(key.upper())
    if row is None and key.lower() in OWN:
        row = (key.lower(), "", key.lower() in ASKS)
    if row is None:
        return Meaning("unknown", "unknown_code", action_required=True)
    if row[0] == "delivered" and not any((evidence or {}).get(proof) for proof in PROOFS):
        return Meaning("out_for_delivery", "delivery_without_evidence", action_required=True)
    return Meaning(*row)


def standing(events: Iterable[Seen]) -> Seen | None:
    """Return where a parcel stands: the newest by its own time; after the end only a return counts.

    Events come as they were received: "expired" only says that nothing came, so anything told after it wins.
    """
    told = list(events)
    heard = [seen for n, seen in enumerate(told) if seen.status != "expired" or n == len(told) - 1]
    best: Seen | None = None
    for seen in sorted(heard, key=lambda e: e.happened_at):
        if seen.status == "unknown":
            best = best or seen
        elif (
            best is None or best.status not in ENDED or seen.status in {"returning", "returned", "delivered"}
        ):
            best = seen
    return best


def moment(local_time: str) -> datetime:
    """Read a carrier's local time with its offset; a time without one is taken as UTC."""
    when = datetime.fromisoformat(local_time)
    return when if when.tzinfo else when.replace(tzinfo=UTC)
