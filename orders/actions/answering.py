"""Answer the buyer's bank: hand the evidence to the payment service in time, or accept the loss."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from marketplace.documents import actions as documents
from orders import evidence
from orders.models import OPEN_DISPUTES, Dispute, DisputeState
from orders.payments import actions as payments

# When nobody has decided, what we have is handed over so long before the bank stops listening.
AT_THE_LATEST: Final = timedelta(hours=24)
KIND: Final = "dispute-evidence"


def give_evidence(dispute_number: str, *, at: datetime) -> str:
    """Make the evidence file of a card dispute and hand its facts over; give the paper's number."""
    dispute = Dispute.objects.select_related("group").get(number=dispute_number, kind=Dispute.Kind.CARD)
    made = evidence.pack(dispute)
    name = f"evidence-{dispute.number}.pdf"
    paper = documents.store(KIND, dispute.number, name, made.content, "application/pdf")
    payments.give_evidence(
        provider_dispute=dispute.provider_dispute or "",
        evidence=payments.Evidence(
            text=made.text,
            customer=dispute.group.name,
            email=dispute.group.email,
            carrier=made.carrier,
            tracking=made.tracking,
            shipped_on=made.shipped_on,
            filename=name,
            paper=made.content,
        ),
        paper=paper.number,
        at=at,
    )
    return paper.number


def due_at_the_bank(at: datetime) -> list[str]:
    """Name the card disputes whose time at the bank runs out and that nobody has decided."""
    undecided = Dispute.objects.filter(kind=Dispute.Kind.CARD, state__in=OPEN_DISPUTES).exclude(
        state=DisputeState.WITH_BANK
    )
    due = undecided.filter(deadline__lte=at + AT_THE_LATEST).exclude(
        provider_dispute__in=payments.answered_disputes()
    )
    return list(due.order_by("deadline").values_list("number", flat=True))
