"""Open, answer, withdraw and list disputes; deciding them stands in `deciding.py`."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customs.models import next_id
from marketplace.accounts.models import Company, User
from marketplace.documents.actions import store
from marketplace.documents.uploads import Upload
from marketplace.events.bus import publish
from marketplace.kit.refusal import Refusal
from orders.actions.progress import NotYet, TooLateToReport
from orders.events import DisputeAnswered, DisputeListed, DisputeTaken, DisputeWithdrawn, ProblemReported
from orders.models import Dispute, DisputeMessage, DisputeState, Order, OrderGroup, OrderState
from orders.payments import actions as payments
from orders.payments.models import Dispute as CardDispute

CLAIM_DAYS: Final = timedelta(days=30)
# A buyer waits a week at most: three days for the seller, two for us (our own promise, no law).
ANSWER_WITHIN: Final = timedelta(days=3)
DECIDE_WITHIN: Final = timedelta(days=2)
# A bank wants its evidence in time; the provider names the day, else we take the shortest usual one.
BANK_WAITS: Final = timedelta(days=7)
MOST_MESSAGES: Final = 40


class NotYourDesk(Refusal):
    words = _("Only the trust and the finance desk may do this.")
    status = 403


class CaseOver(Refusal):
    words = _("The case {number} is closed: {state}.")


class NothingSaid(Refusal):
    words = _("Write a few words or choose a file.")
    status = 422


class TooManyMessages(Refusal):
    words = _("There are many messages in this case already. We decide soon.")


class AnswerTooLate(Refusal):
    words = _("The time to answer ended on {day}. We decide with what we have.")


class BankDecides(Refusal):
    words = _("Your bank decides this case. Ask your bank to take it back.")


def can_report(order: Order) -> bool:
    """Tell whether a problem can be reported: the parcel left, and the money was not sent back."""
    gone = {OrderState.SHIPPED, OrderState.DELIVERED, OrderState.COMPLETED}
    return order.state in gone or (order.state == OrderState.HELD and order.shipped_at is not None)


@transaction.atomic
def report_problem(
    *,
    number: str,
    reason: str,
    at: datetime,
    cause: str = Dispute.Cause.OTHER,
    upload: Upload | None = None,
    author: str = "",
) -> Order:
    """Open a case for one order and hold its seller's money; while it is open, more words join it."""
    rows = Order.objects.select_for_update(of=("self",)).select_related("group__buyer", "seller")
    order = rows.get(number=number)
    if not can_report(order):
        raise NotYet(state=order.get_state_display())
    if order.delivered_at and at > order.delivered_at + CLAIM_DAYS:
        raise TooLateToReport
    group = order.group
    dispute = Dispute.objects.open().about(order).filter(kind=Dispute.Kind.PROBLEM).first()
    fresh = dispute is None
    if dispute is None:
        dispute = _opened(
            order.group, [order], kind=Dispute.Kind.PROBLEM, cause=cause, at=at,
            answer_by=at + ANSWER_WITHIN, deadline=at + ANSWER_WITHIN + DECIDE_WITHIN,
            amount=order.total_amount - payments.refunded(order.number).amount,
        )  # fmt: skip
    _say(dispute, DisputeMessage.Side.BUYER, author or group.name, group.buyer, reason, upload, at)
    if fresh:
        payments.freeze(order.number, dispute.freeze_reason, at)
        publish(
            ProblemReported(
                subject=order.number, reason=reason[:500], dispute=dispute.number, cause=dispute.cause,
                until=dispute.answer_by.isoformat(),
            )
        )  # fmt: skip
    return order


def _opened(group: OrderGroup, orders: list[Order], **fields: Any) -> Dispute:
    key = next_id(Dispute)
    dispute = Dispute.objects.create(
        pk=key, number=f"DSP-{key:06d}", group=group, currency=group.currency,
        opened_at=fields.pop("at"), **fields,
    )  # fmt: skip
    dispute.orders.set(orders)
    return dispute


@transaction.atomic
def say(
    *,
    dispute_number: str,
    side: str,
    author: str,
    company: Company | None,
    words: str,
    upload: Upload | None,
    at: datetime,
) -> Dispute:
    """Add a side's words and evidence; the seller's first answer lets us decide."""
    dispute = locked(dispute_number)
    seller = side == DisputeMessage.Side.SELLER
    if seller and dispute.state == DisputeState.OPEN and at > dispute.answer_by:
        raise AnswerTooLate(day=f"{dispute.answer_by:%d %b %Y, %H:%M} UTC")
    _say(dispute, side, author, company, words, upload, at)
    if seller and dispute.state == DisputeState.OPEN:
        dispute.move_to(DisputeState.ANSWERED)
        if dispute.kind == Dispute.Kind.PROBLEM:
            dispute.deadline = min(dispute.deadline, at + DECIDE_WITHIN)
    dispute.version += 1
    dispute.save(update_fields=["state", "deadline", "version"])
    for order in dispute.orders.all():
        publish(DisputeAnswered(subject=order.number, dispute=dispute.number, side=side, words=words[:300]))
    return dispute


def _say(
    dispute: Dispute,
    side: str,
    author: str,
    company: Company | None,
    words: str,
    upload: Upload | None,
    at: datetime,
) -> None:
    if not words.strip() and upload is None:
        raise NothingSaid
    if dispute.messages.count() >= MOST_MESSAGES:
        raise TooManyMessages
    paper = None
    if upload is not None:
        sellers = [order.seller for order in dispute.orders.select_related("seller")]
        paper = store(
            "evidence", dispute.number, upload.filename, upload.content, upload.media_type,
            visible_to=[dispute.group.buyer, *sellers],
        )  # fmt: skip
    DisputeMessage.objects.create(
        dispute=dispute, side=side, author=author[:120], company=company, words=words.strip()[:2000],
        paper=paper, said_at=at,
    )  # fmt: skip


@transaction.atomic
def withdraw(*, dispute_number: str, at: datetime) -> Dispute:
    """End a case because the buyer is content; the seller's money is free again."""
    dispute = locked(dispute_number)
    if dispute.kind == Dispute.Kind.CARD:
        raise BankDecides
    dispute.move_to(DisputeState.WITHDRAWN)
    dispute.decided_at = at
    dispute.version += 1
    dispute.save(update_fields=["state", "decided_at", "version"])
    for order in dispute.orders.all():
        payments.unfreeze(order.number, dispute.freeze_reason, at)
        publish(DisputeWithdrawn(subject=order.number, dispute=dispute.number))
    return dispute


@transaction.atomic
def take(*, dispute_number: str, by: User) -> Dispute:
    """Put a name on the case; taking it again changes nothing."""
    dispute = locked(dispute_number, by)
    if dispute.owner_id != by.pk:
        dispute.owner = by
        dispute.save(update_fields=["owner"])
        for order in dispute.orders.all():
            publish(DisputeTaken(subject=order.number, dispute=dispute.number, by=str(by)))
    return dispute


@transaction.atomic
def list_card_dispute(*, provider_dispute: str) -> Dispute | None:
    """Put a chargeback of the bank into the same queue; a second report finds the first case."""
    card = CardDispute.objects.select_related("payment").get(provider_dispute=provider_dispute)
    reference = card.payment.reference
    # The balance of an order paid in two steps is a payment of its own, about that order alone.
    balance = Order.objects.filter(number=reference.removesuffix("-B")).select_related("group").first()
    number = balance.group.number if balance else reference
    group = OrderGroup.objects.select_for_update().filter(number=number).first()
    if group is None:
        return None
    if known := Dispute.objects.filter(provider_dispute=provider_dispute).first():
        return known
    deadline = card.evidence_due or card.opened_at + BANK_WAITS
    dispute = _opened(
        group, [balance] if balance else list(group.orders.all()),
        kind=Dispute.Kind.CARD, cause=Dispute.Cause.OTHER,
        at=card.opened_at, deadline=deadline, answer_by=max(card.opened_at, deadline - DECIDE_WITHIN),
        provider_dispute=provider_dispute, provider_reason=card.reason, amount=card.amount,
    )  # fmt: skip
    for order in dispute.orders.all():
        publish(
            DisputeListed(
                subject=order.number, dispute=dispute.number, reason=card.reason,
                until=dispute.answer_by.isoformat(),
            )
        )  # fmt: skip
    return dispute


def locked(dispute_number: str, by: User | None = None) -> Dispute:
    """Lock an open case; where a person of ours acts, only the trust or the finance desk may."""
    if by is not None and not by.has_desk(User.Desk.TRUST, User.Desk.FINANCE):
        raise NotYourDesk
    rows = Dispute.objects.select_for_update(of=("self",)).select_related("group__buyer", "decided_by")
    dispute = rows.get(number=dispute_number)
    if not dispute.is_open:
        raise CaseOver(number=dispute.number, state=dispute.get_state_display())
    return dispute
