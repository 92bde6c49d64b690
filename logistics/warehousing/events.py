"""News of the stores."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.events.bus import Fact


@dataclass(frozen=True, kw_only=True)
class InboundClosed(Fact):
    """A delivery was received and compared; subject is the notice's number."""

    owner: str
    short: int = 0
    over: int = 0
    damaged: int = 0


@dataclass(frozen=True, kw_only=True)
class LotPutAside(Fact):
    """A lot was put in quarantine, recalled or is past its date; subject is its SKU."""

    lot: str
    state: str
    orders: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CountBooked(Fact):
    """A count changed the books; subject is the count's number."""

    sku: str
    difference: int


@dataclass(frozen=True, kw_only=True)
class BondedWithdrawalAsked(Fact):
    """Somebody wants goods out of bond, so customs must pass a declaration; subject is its number."""

    owner: str
    sku: str
    lot: str
    quantity: int
    purpose: str
    entry: str
    country: str


@dataclass(frozen=True, kw_only=True)
class BondedWithdrawn(Fact):
    """Goods left bond; subject is the declaration's number."""

    sku: str
    lot: str
    withdrawn: int
    remaining: int


@dataclass(frozen=True, kw_only=True)
class OrderLeftBond(Fact):
    """The bonded goods of an order are in free circulation now; subject is the order's number."""


@dataclass(frozen=True, kw_only=True)
class StorageCharged(Fact):
    """A month of storage is billed to the owner; subject is the bill's number."""

    seller: str
    amount: str
    currency: str
    month: str


@dataclass(frozen=True, kw_only=True)
class StockMoved(Fact):
    """Pieces came or went, so that a page may have to say something else; subject is the sku."""
