"""Facts of the deal."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.events.bus import Fact


@dataclass(frozen=True, kw_only=True)
class QuoteGiven(Fact):
    """A binding price was given; it holds until its time."""

    total: str
    currency: str
    valid_until: str


@dataclass(frozen=True, kw_only=True)
class OrderPlaced(Fact):
    """A buyer ordered; the goods are reserved and the payment is open."""

    group: str
    seller: str
    total: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class OrderPaid(Fact):
    """The buyer's money is in."""

    group: str
    seller: str
    total: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class OrderPacked(Fact):
    """The seller packed the parcel."""


@dataclass(frozen=True, kw_only=True)
class OrderShipped(Fact):
    """The carrier has the parcel."""


@dataclass(frozen=True, kw_only=True)
class OrderDelivered(Fact):
    """The parcel is at the door."""


@dataclass(frozen=True, kw_only=True)
class OrderCompleted(Fact):
    """The buyer confirmed receipt, or the time for it passed."""


@dataclass(frozen=True, kw_only=True)
class OrderCancelled(Fact):
    """The order was called off; `reason` says why."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class OrderRefunded(Fact):
    """All the buyer's money of this order went back."""


@dataclass(frozen=True, kw_only=True)
class ProblemReported(Fact):
    """The buyer asked for money back or reported a problem."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class ReviewWritten(Fact):
    """The buyer wrote what they think."""

    stars: int
