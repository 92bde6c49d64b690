"""Stripe, or whatever speaks its language at STRIPE_API_BASE; one adapter for both."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

import stripe
from django.conf import settings

from marketplace.kit.money import Money, from_stripe_units, stripe_units
from orders.payments.gateways.base import (
    BalanceRow,
    BankTransfer,
    DisputeNews,
    Evidence,
    Outcome,
    Page,
    PageWanted,
    ProviderRefused,
    ProviderSilent,
    RefundOutcome,
    TransferWanted,
)

API_VERSION: Final = "2026-08-26.dahlia"
SECONDS: Final = 20
_IN_USE: Final = 409


@lru_cache(maxsize=4)
def _client(key: str, base: str, files: str) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        stripe_version=API_VERSION,
        max_network_retries=1,
        base_addresses={"api": base, "files": files},
        http_client=stripe.RequestsClient(timeout=SECONDS),
    )


def _files_base() -> str:
    """Say where files go: Stripe takes them at an address of their own, its twin at the same one."""
    base = str(settings.STRIPE_API_BASE)
    return "https://files.stripe.com" if base == "https://api.stripe.com" else base


@contextmanager
def _calling() -> Iterator[stripe.StripeClient]:
    """Give a client; a silent provider and a refusing one become our own refusals."""
    try:
        yield _client(settings.STRIPE_API_KEY, settings.STRIPE_API_BASE, _files_base())
    except (stripe.APIConnectionError, stripe.RateLimitError, stripe.APIError) as problem:
        raise ProviderSilent from problem
    except stripe.StripeError as problem:
        if problem.http_status == _IN_USE:
            # Another process of ours asks with the same key at this moment; its answer is not known yet.
            raise ProviderSilent from problem
        raise ProviderRefused(why=problem.user_message or "request refused") from problem


class StripeGateway:
    """Hosted Checkout, refunds and disputes."""

    def open_page(self, wanted: PageWanted) -> Page:
        """Open a page for one payment; the same key gives the same page."""
        marks = {"reference": wanted.reference}
        params: Any = {
            "mode": "payment",
            "client_reference_id": wanted.reference,
            "metadata": marks,
            "line_items": [
                {
                    "quantity": 1,
                    "price_data": {
                        "currency": wanted.amount.currency.lower(),
                        "unit_amount": stripe_units(wanted.amount),
                        "product_data": {"name": wanted.description or wanted.reference},
                    },
                }
            ],
            "payment_intent_data": {"metadata": marks, "transfer_group": wanted.reference},
            "success_url": wanted.success_url,
            "cancel_url": wanted.cancel_url,
            "expires_at": int(wanted.expires_at.timestamp()),
            "adaptive_pricing": {"enabled": False},
        }
        if wanted.email:
            params["customer_email"] = wanted.email
        with _calling() as client:
            session = client.v1.checkout.sessions.create(params, {"idempotency_key": wanted.key})
        return Page(session.id, session.url or "", _id(session.payment_intent))

    def close_page(self, session: str, key: str) -> None:
        """Close a page that nobody may pay any more; a page that is closed or paid already stays so."""
        try:
            with _calling() as client:
                client.v1.checkout.sessions.expire(session, {}, {"idempotency_key": key})
        except ProviderRefused:
            return

    def look_up(self, session: str) -> Outcome:
        """Ask how a payment stands, with its charge, fee and settlement."""
        with _calling() as client:
            found = client.v1.checkout.sessions.retrieve(
                session, {"expand": ["payment_intent.latest_charge.balance_transaction"]}
            )
        intent: Any = found.payment_intent
        charge: Any = getattr(intent, "latest_charge", None)
        if found.payment_status == "paid" and charge is not None and not isinstance(charge, str):
            booked: Any = charge.balance_transaction
            settled = fee = None
            if booked is not None and not isinstance(booked, str):
                settled = from_stripe_units(booked.amount, booked.currency)
                fee = from_stripe_units(booked.fee, booked.currency)
            captured = from_stripe_units(charge.amount_captured or charge.amount, charge.currency)
            return Outcome("paid", found.id, intent.id, charge.id, captured, settled, fee)
        if found.status == "expired":
            return Outcome("expired", found.id, _id(intent))
        if found.status == "complete":
            failed = not isinstance(intent, str) and intent is not None and intent.status in _GAVE_UP
            return Outcome("failed" if failed else "processing", found.id, _id(intent))
        return Outcome("open", found.id, _id(intent))

    def refund(self, *, charge: str, amount: Money, key: str, reference: str) -> RefundOutcome:
        """Pay back a part of a charge; the same key pays once."""
        params: Any = {
            "charge": charge,
            "amount": stripe_units(amount),
            "metadata": {"key": key, "reference": reference},
            "expand": ["balance_transaction"],
        }
        with _calling() as client:
            return _refund(client.v1.refunds.create(params, {"idempotency_key": key}))

    def look_up_refund(self, refund: str) -> RefundOutcome:
        """Ask how a refund stands."""
        with _calling() as client:
            return _refund(client.v1.refunds.retrieve(refund, {"expand": ["balance_transaction"]}))

    def find_refund(self, *, charge: str, key: str) -> RefundOutcome | None:
        """Look for a refund that we asked for without hearing the answer: keys are forgotten after a day."""
        with _calling() as client:
            listed = client.v1.refunds.list(
                {"charge": charge, "limit": 100, "expand": ["data.balance_transaction"]}
            )
        for found in listed.data:
            if found.metadata is not None and found.metadata.to_dict().get("key") == key:
                return _refund(found)
        return None

    def open_account(self, *, seller: str, name: str, email: str, country: str, key: str) -> tuple[str, bool]:
        """Open a recipient account for a seller; return its id and whether money may arrive there."""
        wanted = {"stripe_balance": {"stripe_transfers": {"requested": True}}}
        params: Any = {
            "contact_email": email,
            "display_name": name,
            "dashboard": "express",
            "identity": {"country": country.lower()},
            "configuration": {"recipient": {"capabilities": wanted}},
            "defaults": {
                "responsibilities": {"fees_collector": "application", "losses_collector": "application"}
            },
            "include": ["configuration.recipient"],
            "metadata": {"seller": seller},
        }
        with _calling() as client:
            return _account(client.v2.core.accounts.create(params, {"idempotency_key": key}))

    def account_active(self, account: str) -> bool:
        """Ask whether money may arrive at a seller's account by now."""
        with _calling() as client:
            return _account(
                client.v2.core.accounts.retrieve(account, {"include": ["configuration.recipient"]})
            )[1]

    def transfer(self, wanted: TransferWanted) -> str:
        """Move money out of a charge to a seller's account; the same key moves once."""
        params: Any = {
            "amount": stripe_units(wanted.amount),
            "currency": wanted.amount.currency.lower(),
            "destination": wanted.destination,
            "source_transaction": wanted.charge,
            "transfer_group": wanted.group,
            "metadata": {"key": wanted.key},
        }
        with _calling() as client:
            return client.v1.transfers.create(params, {"idempotency_key": wanted.key}).id

    def find_transfer(self, wanted: TransferWanted) -> str | None:
        """Look for a transfer that we asked for without hearing the answer."""
        with _calling() as client:
            listed = client.v1.transfers.list({"transfer_group": wanted.group, "limit": 100})
            for found in listed.auto_paging_iter():
                if found.metadata.to_dict().get("key") == wanted.key:
                    return str(found.id)
        return None

    def reverse(self, *, transfer: str, amount: Money, key: str) -> str:
        """Take a part of a transfer back; the same key takes once."""
        params: Any = {"amount": stripe_units(amount), "metadata": {"key": key}}
        with _calling() as client:
            return client.v1.transfers.reversals.create(transfer, params, {"idempotency_key": key}).id

    def find_reversal(self, *, transfer: str, key: str) -> str | None:
        """Look for a reversal that we asked for without hearing the answer."""
        with _calling() as client:
            listed = client.v1.transfers.reversals.list(transfer, {"limit": 100})
            for found in listed.auto_paging_iter():
                if found.metadata is not None and found.metadata.to_dict().get("key") == key:
                    return str(found.id)
        return None

    def available_at(self, account: str, currency: str) -> Money:
        """Ask what lies ready at a seller's account in one currency; a debt counts as nothing."""
        with _calling() as client:
            found = client.v1.balance.retrieve({}, {"stripe_account": account})
        minor = sum(row.amount for row in found.available if row.currency == currency.lower())
        return from_stripe_units(max(0, minor), currency)

    def look_up_bank_transfer(self, payout: str) -> BankTransfer:
        """Ask how a transfer from our balance to our bank stands."""
        with _calling() as client:
            found = client.v1.payouts.retrieve(payout)
        state = {"paid": "arrived", "failed": "failed", "canceled": "failed"}.get(found.status, "on its way")
        return BankTransfer(found.id, state, from_stripe_units(found.amount, found.currency))

    def balance_rows(self, since: datetime, until: datetime) -> dict[str, BalanceRow]:
        """List what moved on our balance, by the number of what moved it; a repeated number is summed.

        What the provider takes by itself (`stripe_fee`) has no source: its own number stands for it.
        """
        found: dict[str, BalanceRow] = {}
        window: Any = {
            "limit": 100,
            "created": {"gte": int(since.timestamp()), "lte": int(until.timestamp())},
        }
        with _calling() as client:
            for row in client.v1.balance_transactions.list(window).auto_paging_iter():
                money, fee = (from_stripe_units(part, row.currency) for part in (row.amount, row.fee))
                source = _id(row.source) or row.id
                if source in found and found[source].amount.currency == money.currency:
                    money, fee = money + found[source].amount, fee + found[source].fee
                found[source] = BalanceRow(row.type, money, fee, datetime.fromtimestamp(row.created, UTC))
        return found

    def give_evidence(self, *, dispute: str, evidence: Evidence) -> bool:
        """Hand evidence with its paper to the bank, once; False when the bank does not ask (any more)."""
        fields = {
            "uncategorized_text": evidence.text,
            "customer_name": evidence.customer,
            "customer_email_address": evidence.email,
            "shipping_carrier": evidence.carrier,
            "shipping_tracking_number": evidence.tracking,
            "shipping_date": evidence.shipped_on,
        }
        given = {name: value for name, value in fields.items() if value}
        mark = hashlib.sha256(evidence.text.encode() + evidence.paper).hexdigest()[:24]
        with _calling() as client:
            # Asked first: an answer that was lost has reached the bank all the same.
            if client.v1.disputes.retrieve(dispute).status not in _ASKED:
                return False
            if evidence.paper:
                file = io.BytesIO(evidence.paper)
                file.name = evidence.filename
                wanted: Any = {"purpose": "dispute_evidence", "file": file}
                sent = client.v1.files.create(wanted, {"idempotency_key": f"file:{dispute}:{mark}"})
                given["uncategorized_file"] = sent.id
            params: Any = {"evidence": given, "submit": True}
            client.v1.disputes.update(dispute, params, {"idempotency_key": f"evidence:{dispute}:{mark}"})
        return True

    def accept_dispute(self, dispute: str) -> None:
        """Tell the bank that we do not contest; repeating it changes nothing."""
        with _calling() as client:
            if client.v1.disputes.retrieve(dispute).status in _ASKED:
                client.v1.disputes.close(dispute)

    def look_up_dispute(self, dispute: str) -> DisputeNews:
        """Ask how a dispute stands, with what the bank took, its fee, and what it gave back."""
        with _calling() as client:
            found = client.v1.disputes.retrieve(dispute)
        due: Any = getattr(found.evidence_details, "due_by", None)
        state = {"won": "won", "prevented": "won", "warning_closed": "won", "lost": "lost"}.get(
            found.status, "open"
        )
        rows = [(row.amount, row.fee, row.currency) for row in found.balance_transactions]
        taken = [from_stripe_units(-amount, currency) for amount, _fee, currency in rows if amount < 0]
        back = [from_stripe_units(amount, currency) for amount, _fee, currency in rows if amount > 0]
        fees = [from_stripe_units(fee, currency) for _amount, fee, currency in rows if fee > 0]
        return DisputeNews(
            found.id,
            state,
            _id(found.charge),
            from_stripe_units(found.amount, found.currency),
            found.reason,
            datetime.fromtimestamp(due, UTC) if due else None,
            taken[0] if taken else None,
            fees[0] if fees else None,
            back[0] if back else None,
        )


_ASKED: Final = frozenset({"needs_response", "warning_needs_response"})
_GAVE_UP: Final = frozenset({"canceled", "requires_payment_method"})


def _refund(found: Any) -> RefundOutcome:
    state = {"succeeded": "done", "failed": "failed", "canceled": "failed"}.get(found.status or "", "pending")
    booked: Any = getattr(found, "balance_transaction", None)
    settled = None
    if booked is not None and not isinstance(booked, str):
        settled = -from_stripe_units(booked.amount, booked.currency)
    return RefundOutcome(state, found.id, getattr(found, "failure_reason", None) or "", settled)


def _account(found: Any) -> tuple[str, bool]:
    recipient = getattr(found.configuration, "recipient", None)
    state = recipient.capabilities.stripe_balance.stripe_transfers.status if recipient else ""
    return str(found.id), state == "active"


def _id(thing: Any) -> str:
    if thing is None:
        return ""
    return thing if isinstance(thing, str) else str(thing.id)
