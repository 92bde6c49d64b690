"""Work of the cover room after the commit: certificates and words to the claimant."""

from __future__ import annotations

from logistics.insurance import documents, notices
from logistics.insurance.models import Policy
from marketplace.documents import actions as papers
from marketplace.events.bus import subscriber
from marketplace.events.models import Event


@subscriber
def write_certificate(event: Event) -> None:
    """Write the certificate once and keep it for the holder."""
    policy = Policy.objects.select_related("cover", "company").get(number=event.payload["policy"])
    papers.store(
        "insurance-certificate",
        policy.order_number,
        f"{policy.number}.pdf",
        documents.certificate(policy),
        "application/pdf",
        [policy.company] if policy.company else [],
    )


@subscriber
def tell_claimant(event: Event) -> None:
    """Write to the claimant in plain words."""
    notices.tell(event)
