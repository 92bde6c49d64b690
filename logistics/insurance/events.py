"""News of cover and claims; the subject is the number of the order or transfer that is covered."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.events.bus import Fact


@dataclass(frozen=True, kw_only=True)
class PolicyBound(Fact):
    """Cover was bought; it begins with the first scan."""

    policy: str


@dataclass(frozen=True, kw_only=True)
class PremiumDue(Fact):
    """A seller covers goods of their own: the premium comes off the balance; subject is the policy."""

    seller: str
    amount: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class ClaimFact(Fact):
    """Base: which claim the news is about."""

    claim: str


@dataclass(frozen=True, kw_only=True)
class ClaimSubmitted(ClaimFact):
    """A loss was reported; the clock runs."""


@dataclass(frozen=True, kw_only=True)
class ClaimAsked(ClaimFact):
    """We need more papers; `words` says which."""

    words: str


@dataclass(frozen=True, kw_only=True)
class ClaimApproved(ClaimFact):
    """The claim is accepted; the ledger pays this amount."""

    amount: str
    currency: str
    claimant: str


@dataclass(frozen=True, kw_only=True)
class ClaimRejected(ClaimFact):
    """The claim is not accepted; `reason` says why."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class ClaimPaid(ClaimFact):
    """The money is on its way to the claimant."""

    amount: str
    currency: str


@dataclass(frozen=True, kw_only=True)
class ClaimRecovered(ClaimFact):
    """The carrier paid for the loss; the money goes where the premiums lie."""

    amount: str
    currency: str
    reference: str
