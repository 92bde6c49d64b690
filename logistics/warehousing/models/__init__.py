"""Tables of the stores, by topic."""

from __future__ import annotations

from logistics.warehousing.models.stock import (
    BondedEntry,
    CustomsStatus,
    Lot,
    LotBalance,
    Reservation,
    ReservationLine,
    StockBalance,
    StockMove,
    Warehouse,
)
from logistics.warehousing.models.storage import StorageBill, StorageRate, StorageSnapshot
from logistics.warehousing.models.work import (
    BinClaim,
    Count,
    CountState,
    Inbound,
    InboundLine,
    InboundScan,
    InboundState,
    Pick,
    PickLine,
    Transfer,
    TransferLine,
    TransferState,
    Withdrawal,
)

__all__ = [
    "BinClaim",
    "BondedEntry",
    "Count",
    "CountState",
    "CustomsStatus",
    "Inbound",
    "InboundLine",
    "InboundScan",
    "InboundState",
    "Lot",
    "LotBalance",
    "Pick",
    "PickLine",
    "Reservation",
    "ReservationLine",
    "StockBalance",
    "StockMove",
    "StorageBill",
    "StorageRate",
    "StorageSnapshot",
    "Transfer",
    "TransferLine",
    "TransferState",
    "Warehouse",
    "Withdrawal",
]
