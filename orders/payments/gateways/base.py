"""What we ask of a payment provider, in our own words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from django.utils.translation import gettext_lazy as _

from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal


class ProviderSilent(Refusal):
    """The provider did not answer: the outcome is unknown, the same key asks again."""

    words = _("The payment service does not answer just now. Nothing is lost: try again in a minute.")
    status = 503


class ProviderRefused(Refusal):
    """The provider refused the request for good."""

    words = _("The payment service refused this: {why}")


@dataclass(frozen=True, slots=True)
class Page:
    """The provider's page on which the buyer pays."""

    session: str
    url: str
    intent: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the provider knows of a payment: `paid`, `open`, `processing`, `expired` or `failed`."""

    state: str
    session: str
    intent: str = ""
    charge: str = ""
    captured: Money | None = None
    settled: Money | None = None
    fee: Money | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class RefundOutcome:
    """What the provider knows of a refund: `done`, `pending` or `failed`."""

    state: str
    refund: str
    why: str = ""
    settled: Money | None = None


@dataclass(frozen=True, slots=True)
class DisputeNews:
    """What the provider knows of a dispute: `open`, `won` or `lost`."""

    dispute: str
    state: str
    charge: str
    amount: Money
    reason: str
    evidence_due: datetime | None
    # What left our balance, in the currency of settlement, its fee, and what came back of it.
    taken: Money | None = None
    fee: Money | None = None
    returned: Money | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a sale, in the words and fields that a bank reads."""

    text: str
    customer: str = ""
    email: str = ""
    carrier: str = ""
    tracking: str = ""
    shipped_on: str = ""
    filename: str = ""
    paper: bytes = b""


@dataclass(frozen=True, slots=True)
class BankTransfer:
    """What the provider sends of our own balance to our bank: `on its way`, `arrived` or `failed`."""

    payout: str
    state: str
    amount: Money


@dataclass(frozen=True, slots=True)
class BalanceRow:
    """What one thing moved on our balance, and the provider's fee for it."""

    kind: str
    amount: Money
    fee: Money
    at: datetime


@dataclass(frozen=True, slots=True)
class PageWanted:
    """What a payment page needs; every field comes from our stored row, so a repeated call is the same."""

    key: str
    reference: str
    amount: Money
    email: str
    description: str
    success_url: str
    cancel_url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class TransferWanted:
    """What a transfer needs; every field comes from our stored row."""

    key: str
    amount: Money
    destination: str
    charge: str
    group: str


class Gateway(Protocol):
    """A payment provider."""

    def open_page(self, wanted: PageWanted) -> Page: ...
    def close_page(self, session: str, key: str) -> None: ...
    def look_up(self, session: str) -> Outcome: ...
    def refund(self, *, charge: str, amount: Money, key: str, reference: str) -> RefundOutcome: ...
    def look_up_refund(self, refund: str) -> RefundOutcome: ...
    def find_refund(self, *, charge: str, key: str) -> RefundOutcome | None: ...
    def open_account(
        self, *, seller: str, name: str, email: str, country: str, key: str
    ) -> tuple[str, bool]: ...
    def account_active(self, account: str) -> bool: ...
    def transfer(self, wanted: TransferWanted) -> str: ...
    def find_transfer(self, wanted: TransferWanted) -> str | None: ...
    def reverse(self, *, transfer: str, amount: Money, key: str) -> str: ...
    def find_reversal(self, *, transfer: str, key: str) -> str | None: ...
    def available_at(self, account: str, currency: str) -> Money: ...
    def look_up_bank_transfer(self, payout: str) -> BankTransfer: ...
    def balance_rows(self, since: datetime, until: datetime) -> dict[str, BalanceRow]: ...
    def look_up_dispute(self, dispute: str) -> DisputeNews: ...
    def give_evidence(self, *, dispute: str, evidence: Evidence) -> bool: ...
    def accept_dispute(self, dispute: str) -> None: ...
