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
class DepositPaid(Fact):
    """The deposit is in; the balance is asked for when the goods are ready."""

    deposit: str
    balance: str


@dataclass(frozen=True, kw_only=True)
class BalanceAsked(Fact):
    """The goods are ready: the balance is due until then."""

    balance: str
    until: str


@dataclass(frozen=True, kw_only=True)
class BalanceReminded(Fact):
    """The balance is still open; the time is running."""

    balance: str
    until: str


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
    """The buyer reported a problem: a case is open and the seller can answer until then."""

    reason: str
    dispute: str = ""
    cause: str = ""
    until: str = ""


@dataclass(frozen=True, kw_only=True)
class DisputeListed(Fact):
    """The buyer's bank took the money back: the case is in our queue too."""

    dispute: str
    reason: str
    until: str


@dataclass(frozen=True, kw_only=True)
class DisputeTaken(Fact):
    """A person of ours works on the case."""

    dispute: str
    by: str


@dataclass(frozen=True, kw_only=True)
class DisputeAnswered(Fact):
    """One side said something, perhaps with evidence; `side` is buyer or seller."""

    dispute: str
    side: str
    words: str


@dataclass(frozen=True, kw_only=True)
class DisputeWithdrawn(Fact):
    """The buyer is content; the seller's money is free again."""

    dispute: str


@dataclass(frozen=True, kw_only=True)
class DisputeDecided(Fact):
    """A person of ours decided; `refund` is what goes back, empty for nothing."""

    dispute: str
    by: str
    verdict: str
    reason: str
    refund: str
    words: str


@dataclass(frozen=True, kw_only=True)
class DisputeEnded(Fact):
    """The buyer's bank decided; `won` says that the money stays."""

    dispute: str
    won: bool


@dataclass(frozen=True, kw_only=True)
class ReturnAsked(Fact):
    """The buyer wants to give goods back."""

    request: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ReturnDecided(Fact):
    """The maker or we said what happens with the goods."""

    request: str
    way: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class ReturnReceived(Fact):
    """The goods came back."""

    request: str


@dataclass(frozen=True, kw_only=True)
class ReturnRefunded(Fact):
    """The buyer's money for the returned goods goes back."""

    request: str
    amount: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class ReviewWritten(Fact):
    """The buyer wrote what they think."""

    stars: int
