"""Disputes: the bank takes money at once, the right orders wait, won or lost is booked once."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from marketplace.events.bus import publish
from marketplace.kit.money import Money, total
from marketplace.kit.refusal import Refusal
from orders.payments import books, gateways, ledger
from orders.payments.actions.earning import freeze, unfreeze
from orders.payments.actions.refunds import left_in, refund
from orders.payments.events import DisputeClosed, DisputeOpened
from orders.payments.gateways.base import DisputeNews, Evidence
from orders.payments.models import Dispute, OrderShare, Payment

RESERVE = "dispute:reserve"


def look_up_dispute(dispute: str, *, at: datetime | None = None) -> Dispute | None:
    """Ask the provider about a dispute and book what it says."""
    return hear_dispute(gateways.current().look_up_dispute(dispute), at=at or timezone.now())


@transaction.atomic
def hear_dispute(news: DisputeNews, *, at: datetime) -> Dispute | None:
    """Open, win or lose a dispute; each once, in whatever order the messages come."""
    payment = Payment.objects.select_for_update().filter(charge=news.charge).first()
    if payment is None:
        return None
    dispute, created = Dispute.objects.get_or_create(
        provider_dispute=news.dispute,
        defaults={
            "payment": payment,
            "amount": news.amount.amount,
            "currency": news.amount.currency,
            "reason": news.reason[:80],
            "evidence_due": news.evidence_due,
            "opened_at": at,
        },
    )
    if created:
        money = news.amount
        taken = news.taken or money
        entries = ledger.disputed(money, taken, news.fee or Money.zero(taken.currency))
        books.post("dispute", news.dispute, entries, at=at)
        for order_number in orders_of(payment).values_list("order_number", flat=True):
            freeze(order_number, _reason(dispute), at)
        publish(
            DisputeOpened(
                subject=payment.reference,
                dispute=news.dispute,
                amount=str(money.amount),
                currency=money.currency,
            )
        )
    if dispute.state == Dispute.State.OPEN and news.state in {"won", "lost"}:
        _close(dispute, payment, news, at)
    return dispute


class TooLateForTheBank(Refusal):
    """The bank stopped listening."""

    words = _("The bank took evidence until {day} only. Nothing was sent; the bank decides without it.")


def give_evidence(*, provider_dispute: str, evidence: Evidence, paper: str, at: datetime) -> Dispute:
    """Hand evidence to the buyer's bank through the provider, once and in time, and note our copy of it."""
    dispute = Dispute.objects.get(provider_dispute=provider_dispute)
    if dispute.evidence_given_at is not None or dispute.state != Dispute.State.OPEN:
        return dispute
    if dispute.evidence_due is not None and at > dispute.evidence_due:
        raise TooLateForTheBank(day=f"{dispute.evidence_due:%Y-%m-%d %H:%M} UTC")
    gateways.current().give_evidence(dispute=provider_dispute, evidence=evidence)
    dispute.evidence_given_at, dispute.evidence_paper = at, paper
    dispute.save(update_fields=["evidence_given_at", "evidence_paper"])
    return dispute


def accept_dispute(provider_dispute: str) -> None:
    """Tell the provider that we do not contest; the loss is booked when the bank confirms it."""
    gateways.current().accept_dispute(provider_dispute)


def answered_disputes() -> QuerySet[Dispute, str]:
    """Name the provider's disputes that need no evidence from us any more."""
    done = Dispute.objects.exclude(evidence_given_at=None, state=Dispute.State.OPEN)
    return done.values_list("provider_dispute", flat=True)


def _reason(dispute: Dispute) -> str:
    return f"dispute {dispute.provider_dispute}"[:60]


def _close(dispute: Dispute, payment: Payment, news: DisputeNews, at: datetime) -> None:
    won = news.state == "won"
    dispute.state, dispute.closed_at = (Dispute.State.WON if won else Dispute.State.LOST), at
    dispute.save(update_fields=["state", "closed_at"])
    money = Money(dispute.amount, dispute.currency)
    if won:
        entries = ledger.dispute_won(money, news.returned or money)
        books.post("dispute_won", dispute.provider_dispute, entries, at=at)
    else:
        _charge_back(dispute, payment, money, at)
    for order_number in orders_of(payment).values_list("order_number", flat=True):
        unfreeze(order_number, _reason(dispute), at)
    publish(DisputeClosed(subject=payment.reference, dispute=dispute.provider_dispute, won=won))


def orders_of(payment: Payment) -> QuerySet[OrderShare]:
    """Give the orders that a payment paid for, whole or in part."""
    found = Q(payment=payment) | Q(instalments__reference=payment.reference)
    return OrderShare.objects.filter(found).distinct().order_by("order_number")


def _charge_back(dispute: Dispute, payment: Payment, money: Money, at: datetime) -> None:
    """Take a lost dispute from the orders by what is left of each; what exceeds them is our loss."""
    shares = list(orders_of(payment))
    left = [left_in(share, payment) for share in shares]
    together = total(left, money.currency)
    covered = min(money, together)
    for share, part in zip(shares, covered.split([amount.amount for amount in left]), strict=True):
        if part:
            refund(
                share.order_number,
                part,
                "dispute lost",
                f"{dispute.provider_dispute}:{share.order_number}",
                at=at,
                to=RESERVE,
                out_of=payment,
            )
    if rest := money - covered:
        entries = [ledger.Entry("writeoff:disputes", rest), ledger.Entry(RESERVE, -rest)]
        books.post("dispute_loss", dispute.provider_dispute, entries, at=at)
