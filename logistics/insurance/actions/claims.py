"""A loss from the report to the money: evidence, clock, survey, decision, payout, recovery."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import transaction

from logistics.insurance.events import (
    ClaimApproved,
    ClaimAsked,
    ClaimPaid,
    ClaimRecovered,
    ClaimRejected,
    ClaimSubmitted,
)
from logistics.insurance.models import Claim, ClaimState, Policy
from logistics.insurance.premium import payout
from logistics.insurance.refusals import (
    ClaimTooLate,
    EvidenceMissing,
    LossUnclear,
    NotBegun,
    NoteMissing,
    NotThisStep,
)
from logistics.insurance.serial import serial
from marketplace.accounts.models import Company, User
from marketplace.documents import actions as documents
from marketplace.documents.uploads import Upload
from marketplace.events.bus import publish
from marketplace.kit.lifecycle import IllegalMove
from marketplace.kit.money import Money

# EasyPost reviews in 48 hours and pays within ten business days (facts 4); so do we.
REVIEW_WITHIN: Final = timedelta(hours=48)
ANSWER_WITHIN: Final = timedelta(days=14)


@transaction.atomic
def claim(
    order_number: str,
    *,
    cause: str,
    claimed: Money,
    actual_value: Money | None = None,
    evidence: Sequence[dict[str, Any]] = (),
    uploads: Sequence[Upload] = (),
    words: str = "",
    claimant: Company | None = None,
    at: datetime,
) -> Claim:
    """Report a loss with its evidence inside the window; the same cause again returns the first claim.

    Without an `actual_value` the goods are taken to be worth what they are insured for.
    """
    policy = Policy.objects.select_for_update(of=("self",)).get(order_number=order_number)
    if known := policy.claims.filter(cause=cause).first():
        return known
    if policy.begins_at is None:
        raise NotBegun
    if not evidence and not uploads:
        raise EvidenceMissing
    most = Money(policy.insured_amount, policy.currency)
    if claimed.amount <= 0 or claimed.currency != policy.currency:
        raise LossUnclear(most=most)
    days = int(policy.terms["claim_days"].get(cause, 30))
    since = policy.begins_at if cause == Claim.Cause.LOST else (policy.ends_at or policy.begins_at)
    if at > since + timedelta(days=days):
        raise ClaimTooLate(days=days)
    made = Claim.objects.create(
        number=serial("CLM"),
        policy=policy,
        claimant=claimant or policy.company,
        cause=cause,
        words=words[:4000],
        evidence=list(evidence),
        claimed_amount=claimed.amount,
        actual_value_amount=(actual_value or most).amount,
        currency=policy.currency,
        due_at=at + REVIEW_WITHIN,
        submitted_at=at,
    )
    _keep(made, uploads, at)
    publish(ClaimSubmitted(subject=order_number, claim=made.number))
    return made


def _keep(found: Claim, uploads: Sequence[Upload], at: datetime) -> None:
    """Store the files and note them on the claim."""
    for upload in uploads:
        kept = documents.store(
            "claim-evidence",
            f"{found.number}/{upload.sha256[:16]}",
            upload.filename,
            upload.content,
            upload.media_type,
            [found.claimant] if found.claimant else [],
        )
        if all(row.get("document") != kept.number for row in found.evidence):
            found.evidence.append(
                {
                    "document": kept.number,
                    "name": upload.filename,
                    "sha256": upload.sha256,
                    "at": f"{at:%F %H:%M}",
                }
            )
    if uploads:
        found.save(update_fields=["evidence"])


@transaction.atomic
def add_evidence(number: str, *, uploads: Sequence[Upload], at: datetime) -> Claim:
    """Add papers to a claim; one that waited for them goes back to review with a new deadline."""
    found = _locked(number)
    if found.state not in {ClaimState.SUBMITTED, ClaimState.ASKED, ClaimState.REVIEW, ClaimState.SURVEY}:
        raise NotThisStep(claim=number, state=found.get_state_display())
    if not uploads:
        raise EvidenceMissing
    _keep(found, uploads, at)
    if found.state == ClaimState.ASKED:
        _move(found, ClaimState.REVIEW)
        found.due_at = at + REVIEW_WITHIN
        found.save(update_fields=["state", "due_at"])
    return found


@transaction.atomic
def ask_papers(number: str, *, words: str, by: User, at: datetime) -> Claim:
    """Ask the claimant for papers; the clock runs for them now."""
    found = _locked(number)
    if not words.strip():
        raise NoteMissing
    _move(found, ClaimState.ASKED)
    found.asked_words, found.due_at, found.decided_by = words.strip()[:400], at + ANSWER_WITHIN, by
    found.save(update_fields=["state", "asked_words", "due_at", "decided_by"])
    publish(ClaimAsked(subject=found.policy.order_number, claim=number, words=found.asked_words))
    return found


@transaction.atomic
def send_surveyor(number: str, *, surveyor: str, by: User, at: datetime) -> Claim:
    """Send a surveyor to look at the goods."""
    found = _locked(number)
    if not surveyor.strip():
        raise NoteMissing
    if found.state == ClaimState.SUBMITTED:
        _move(found, ClaimState.REVIEW)
    _move(found, ClaimState.SURVEY)
    found.surveyor, found.due_at, found.decided_by = surveyor.strip()[:120], at + ANSWER_WITHIN, by
    found.save(update_fields=["state", "surveyor", "due_at", "decided_by"])
    return found


@transaction.atomic
def decide_claim(
    number: str,
    *,
    accept: bool,
    by: User,
    note: str,
    at: datetime,
    proven: Money | None = None,
    survey_note: str = "",
) -> Claim:
    """Accept or refuse a claim after review; what is owed follows from the policy, not from the wish.

    `proven` is the loss that the evidence shows, never more than what was claimed.
    """
    found = _locked(number)
    if not note.strip():
        raise NoteMissing
    currency, policy = found.currency, found.policy
    loss = (
        min(proven, Money(found.claimed_amount, currency))
        if proven
        else Money(found.claimed_amount, currency)
    )
    if accept and loss.amount <= 0:
        raise LossUnclear(most=Money(found.claimed_amount, currency))
    if found.state in {ClaimState.SUBMITTED, ClaimState.ASKED}:
        _move(found, ClaimState.REVIEW)
    _move(found, ClaimState.APPROVED if accept else ClaimState.REJECTED)
    if accept:
        owed = payout(
            loss=loss,
            actual_value=Money(found.actual_value_amount, currency),
            insured=Money(policy.insured_amount, currency),
            deductible=Money(policy.deductible_amount, currency),
        )
        found.payout_amount, found.proven_amount = owed.amount, loss.amount
    found.decided_at, found.decided_by, found.decision_note = at, by, note.strip()[:400]
    found.survey_note = survey_note.strip() or found.survey_note
    found.save()
    if accept:
        publish(
            ClaimApproved(
                subject=policy.order_number,
                claim=number,
                amount=str(found.payout_amount),
                currency=currency,
                claimant=found.claimant.number if found.claimant else "",
            )
        )
    else:
        publish(ClaimRejected(subject=policy.order_number, claim=number, reason=found.decision_note))
    return found


@transaction.atomic
def mark_claim_paid(number: str, *, at: datetime) -> Claim:
    """Record that the ledger paid the claim; again changes nothing."""
    found = _locked(number)
    if found.state not in {ClaimState.PAID, ClaimState.CLOSED}:
        _move(found, ClaimState.PAID)
        found.paid_at = at
        found.save(update_fields=["state", "paid_at"])
        publish(
            ClaimPaid(
                subject=found.policy.order_number,
                claim=number,
                amount=str(found.payout_amount),
                currency=found.currency,
            )
        )
    return found


@transaction.atomic
def record_recovery(number: str, *, amount: Money, reference: str, at: datetime) -> Claim:
    """Note what the carrier paid for the loss and close the claim; again changes nothing.

    Nobody gets more than was paid out: the right to the carrier's money passed to the cover with the payout.
    """
    found = _locked(number)
    if found.state == ClaimState.CLOSED:
        return found
    most = Money(found.payout_amount or Decimal(0), found.currency)
    if amount.currency != found.currency or not 0 <= amount.amount <= most.amount:
        raise LossUnclear(most=most)
    if amount.amount and not reference.strip():
        raise NoteMissing
    _move(found, ClaimState.CLOSED)
    found.recovered_amount, found.recovery_reference, found.closed_at = (
        amount.amount,
        reference.strip()[:120],
        at,
    )
    found.save(update_fields=["state", "recovered_amount", "recovery_reference", "closed_at"])
    if amount.amount:
        publish(
            ClaimRecovered(
                subject=found.policy.order_number,
                claim=number,
                amount=str(amount.amount),
                currency=amount.currency,
                reference=found.recovery_reference,
            )
        )
    return found


def _locked(number: str) -> Claim:
    rows = Claim.objects.select_for_update(of=("self",)).select_related("policy", "claimant")
    return rows.get(number=number)


def _move(found: Claim, state: str) -> None:
    try:
        found.move_to(state)
    except IllegalMove as refusal:
        raise NotThisStep(claim=found.number, state=found.get_state_display()) from refusal
