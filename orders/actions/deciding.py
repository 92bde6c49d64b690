"""Decide a dispute: what is paid back, from which parts of the price, sealed with its history."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customs.models import seal_of
from marketplace.accounts.models import User
from marketplace.events.bus import publish
from marketplace.events.models import Event
from marketplace.kit.money import Money, total
from marketplace.kit.refusal import Refusal
from orders.actions.disputing import locked
from orders.actions.progress import mark_refunded
from orders.events import DisputeDecided, DisputeEnded
from orders.models import Dispute, DisputeMessage, DisputeState, Order, OrderLine
from orders.payments import actions as payments
from orders.pieces import Back, Pieces, give_back
from orders.tax_schemes import scheme_of

V: Final = Dispute.Verdict
REPLACEMENT_WITHIN: Final = timedelta(days=14)
# Parts of the price that go with the goods; the way was driven, so freight and cover stay.
WITH_THE_GOODS: Final = ("goods", "exchange", "duty", "tax")
REASONS: Final[dict[str, dict[str, Any]]] = {
    V.REFUND: {
        "never-arrived": _("It never arrived"), "unusable": _("It cannot be used"),
        "wrong-goods": _("Other goods were sent"), "no-answer": _("The seller did not answer"),
    },
    V.PARTIAL: {
        "damaged": _("Damaged but usable"), "late": _("Too late"),
        "less-than-described": _("Less than described"), "extra-cost": _("Extra cost at the door"),
    },
    V.LINES: {"missing": _("Goods are missing"), "broken": _("Goods are broken"), "wrong": _("Wrong goods")},
    V.REPLACE: {"agreed": _("Both sides agree"), "in-stock": _("The seller can send it again")},
    V.REJECT: {
        "as-described": _("The goods are as described"), "delivered": _("The carrier proves the delivery"),
        "no-evidence": _("The buyer showed no evidence"), "changed-mind": _("A change of mind is no fault"),
    },
    V.CONTEST: {"proof": _("We have proof of delivery"), "agreed-price": _("The buyer agreed to the price")},
    V.ACCEPT: {"no-proof": _("We have no proof"), "seller-agrees": _("The seller agrees")},
}  # fmt: skip
CARD_ONLY: Final = frozenset({V.CONTEST, V.ACCEPT})


class ChooseDecision(Refusal):
    words = _("Choose a decision and its reason.")
    status = 422


class AmountNeeded(Refusal):
    words = _("Write an amount above zero and up to {left}.")
    status = 422


class LinesNeeded(Refusal):
    words = _("Write for which goods, and how many pieces: at most what was ordered.")
    status = 422


class CaseChanged(Refusal):
    words = _("The case {number} changed while you read it. Look at it again, then decide.")


class DecidedAlready(Refusal):
    words = _("{who} sent the answer to the bank already. The bank decides now.")


@transaction.atomic
def decide(
    *,
    dispute_number: str,
    by: User,
    version: int,
    verdict: str,
    reason: str,
    at: datetime,
    message: str = "",
    note: str = "",
    amount: Money | None = None,
    pieces: Mapping[int, int] | None = None,
) -> Dispute:
    """Decide one case once; money goes back in the same transaction and the rest is free again."""
    dispute = locked(dispute_number, by)
    if dispute.version != version:
        raise CaseChanged(number=dispute.number)
    card = dispute.kind == Dispute.Kind.CARD
    again = verdict == V.REPLACE and dispute.state == DisputeState.REPLACING
    if reason not in REASONS.get(verdict, {}) or card != (verdict in CARD_ONLY) or again:
        raise ChooseDecision
    if dispute.state == DisputeState.WITH_BANK:
        raise DecidedAlready(who=dispute.decided_by)
    orders = list(dispute.orders.select_for_update(of=("self",)).order_by("pk"))
    back = _refund(dispute, orders[0], verdict, reason, amount, pieces or {}, at) if not card else None
    dispute.verdict, dispute.reason, dispute.note = verdict, reason, note.strip()
    dispute.decided_by, dispute.decided_at, dispute.owner = by, at, dispute.owner or by
    dispute.refunded_amount = back.amount if back else Decimal(0)
    dispute.version += 1
    if card:
        dispute.move_to(DisputeState.WITH_BANK)
    elif verdict == V.REPLACE:
        dispute.move_to(DisputeState.REPLACING)
        dispute.deadline = at + REPLACEMENT_WITHIN
    else:
        dispute.move_to(DisputeState.DECIDED)
    if message.strip():
        DisputeMessage.objects.create(
            dispute=dispute, side=DisputeMessage.Side.SAMPAN, author=str(by), words=message.strip()[:2000],
            said_at=at,
        )  # fmt: skip
    for order in orders:
        publish(
            DisputeDecided(
                subject=order.number, dispute=dispute.number, by=str(by), verdict=verdict, reason=reason,
                refund=str(back.rounded()) if back else "", words=message.strip()[:500],
            )
        )  # fmt: skip
        if dispute.state == DisputeState.DECIDED:
            payments.unfreeze(order.number, dispute.freeze_reason, at)
    dispute.seal = history(dispute)[-1]["seal"]
    dispute.save()
    return dispute


def _refund(
    dispute: Dispute,
    order: Order,
    verdict: str,
    reason: str,
    amount: Money | None,
    pieces: Mapping[int, int],
    at: datetime,
) -> Money | None:
    """Pay back what the verdict says; the key is the case, so a repetition pays nothing more."""
    left = order.total - payments.refunded(order.number)
    words, key = str(REASONS[verdict][reason]), f"{dispute.number}:{verdict}"
    if verdict == V.REFUND:
        payments.refund(order.number, None, words, key, at=at)
    elif verdict == V.PARTIAL:
        if amount is None or amount.currency != order.currency or not 0 < amount.amount <= left.amount:
            raise AmountNeeded(left=left.rounded())
        payments.refund(order.number, amount.rounded(), words, key, at=at)
    elif verdict == V.LINES:
        back = parts_of(order, pieces)
        parts = back.at_most(payments.left_parts(order.number))
        payments.refund(order.number, None, words, key, lines=parts, of_lines=back.lines, at=at)
    else:
        return None
    given = payments.given(key)
    if given == left:
        mark_refunded(number=order.number)
    return given


def parts_of(order: Order, pieces: Mapping[int, int]) -> Back:
    """Work out the parts of the price that go with some pieces, line by line."""
    lines: dict[int, OrderLine] = {line.pk: line for line in order.lines.all()}
    wanted = {pk: count for pk, count in pieces.items() if count}
    if not wanted or any(pk not in lines or not 0 < n <= lines[pk].quantity for pk, n in wanted.items()):
        raise LinesNeeded
    chosen = [Pieces(lines[pk], count) for pk, count in wanted.items()]
    return give_back(order, chosen, WITH_THE_GOODS, at_sale=scheme_of(order) is not None)


@transaction.atomic
def end_card_dispute(*, provider_dispute: str, won: bool, at: datetime) -> Dispute | None:
    """Close the case with the bank's word; payments has booked the money and freed it."""
    dispute = Dispute.objects.select_for_update().filter(provider_dispute=provider_dispute).first()
    if dispute is None or not dispute.is_open:
        return dispute
    dispute.move_to(DisputeState.DECIDED)
    dispute.verdict = dispute.verdict or V.BANK
    dispute.decided_at = dispute.decided_at or at
    dispute.version += 1
    for order in dispute.orders.select_for_update(of=("self",)).order_by("pk"):
        publish(DisputeEnded(subject=order.number, dispute=dispute.number, won=won))
        if not won and payments.refunded(order.number) == order.total:
            mark_refunded(number=order.number)
    if not won:
        backs = (payments.refunded(order.number) for order in dispute.orders.all())
        dispute.refunded_amount = min(total(backs, dispute.currency).amount, dispute.amount)
    dispute.seal = history(dispute)[-1]["seal"]
    dispute.save()
    return dispute


def history(dispute: Dispute) -> list[dict[str, Any]]:
    """List the facts of a case, each with its seal; a seal covers all entries before it."""
    numbers = list(dispute.orders.order_by("pk").values_list("number", flat=True))
    names = {dispute.number, dispute.provider_dispute}
    found = Event.objects.filter(subject__in=[*numbers, dispute.group.number]).order_by("pk")
    events = [event for event in found if event.payload.get("dispute") in names]
    seals = seal_of(
        [{"id": e.pk, "name": e.name, "payload": e.payload, "at": e.happened_at.isoformat()} for e in events]
    )
    return [{"event": event, "seal": seal} for event, seal in zip(events, seals, strict=True)]
