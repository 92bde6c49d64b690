"""The news of money; the subject is the payment's reference or the order's number."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.events.bus import Fact


@dataclass(frozen=True, kw_only=True)
class WebhookReceived(Fact):
    """A signed message of the provider was stored (subject: its event id)."""


@dataclass(frozen=True, kw_only=True)
class PaymentCaptured(Fact):
    """The buyer's money arrived (subject: the payment's reference)."""

    amount: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class PaymentFailed(Fact):
    """The payment did not come about (subject: the payment's reference)."""

    why: str


@dataclass(frozen=True, kw_only=True)
class RefundRequested(Fact):
    """A refund was decided and booked; the provider is told next (subject: the refund's key)."""

    order: str


@dataclass(frozen=True, kw_only=True)
class ReversalWanted(Fact):
    """A part of a sent transfer is to be taken back (subject: the reversal's key)."""

    order: str


@dataclass(frozen=True, kw_only=True)
class PaymentRefunded(Fact):
    """The provider paid a refund back (subject: the order's number, else the payment's reference)."""

    amount: str
    currency: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class EarningBooked(Fact):
    """An order was shipped and the seller earned its price (subject: the order's number)."""

    seller: str
    amount: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class DisputeOpened(Fact):
    """The buyer's bank took the money back (subject: the payment's reference)."""

    dispute: str
    amount: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class DisputeClosed(Fact):
    """The bank decided (subject: the payment's reference)."""

    dispute: str
    won: bool


@dataclass(frozen=True, kw_only=True)
class PayoutSent(Fact):
    """A payout is on its way (subject: the payout's number)."""

    seller: str
    amount: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class BankAccountKept(Fact):
    """A seller said where to pay (subject: the seller); the holder's name is screened next."""

    account: int


@dataclass(frozen=True, kw_only=True)
class PayoutPaid(Fact):
    """The bank confirmed a payout (subject: the payout's number)."""

    seller: str
    amount: str
    currency: str
    bank_reference: str


@dataclass(frozen=True, kw_only=True)
class PayoutFailed(Fact):
    """A payout came back; its earnings are ready again (subject: the payout's number)."""

    seller: str
    problem: str


@dataclass(frozen=True, kw_only=True)
class HeldTooLong(Fact):
    """An unshipped order's money has waited 60 days: it goes back to the buyer (subject: the order)."""

    days: int
