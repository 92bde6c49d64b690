"""What a claimant reads when a claim moves; each step is told once."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from logistics.insurance.models import Claim
from marketplace.events.models import Event
from marketplace.kit.money import Money
from marketplace.notifications.actions import notify

WORDS: Final[dict[str, tuple[Any, Any]]] = {
    "ClaimAsked": (_("We need papers for claim {claim}"), "{words}"),
    "ClaimApproved": (_("Claim {claim} is accepted"), _("You get {amount} {currency}. We pay it now.")),
    "ClaimRejected": (_("Claim {claim} is not accepted"), "{reason}"),
    "ClaimPaid": (_("Claim {claim} is paid"), _("{amount} {currency} are on the way to you.")),
}


def tell(event: Event) -> None:
    """Write the notice of one fact to the claimant."""
    found = Claim.objects.select_related("claimant").filter(number=event.payload["claim"]).first()
    if found is None or found.claimant is None:
        return
    title, body = WORDS[event.name]
    facts = {name: str(value) for name, value in event.payload.items()}
    if "amount" in facts:
        paid = Money(Decimal(facts["amount"]), facts["currency"]).rounded()
        facts["amount"] = f"{paid.amount:,f}"
    notify(
        company=found.claimant,
        kind=event.name,
        title=str(title).format(**facts),
        body=str(body).format(**facts),
        url=reverse("insurance:claim", args=[found.number]),
        key=f"{event.pk}-claimant",
    )
