"""What buyer and seller read when an order moves; each stage is told once."""

from __future__ import annotations

from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from marketplace.events.models import Event
from marketplace.notifications.actions import notify
from orders.models import Order

# fact → (to whom, title, body)
WORDS: Final[dict[str, list[tuple[str, Any, Any]]]] = {
    "OrderPaid": [
        ("buyer", _("Your order {number} is paid"), _("The maker starts now. Follow it here.")),
        ("seller", _("New order {number}"), _("It is paid. Pack it and print the papers.")),
    ],
    "OrderShipped": [("buyer", _("Your parcel {number} is on its way"), _("Follow it here."))],
    "OrderDelivered": [
        ("buyer", _("Your parcel {number} is here"), _("Look at it, then tell us that you have it.")),
    ],
    "OrderCompleted": [("seller", _("Order {number} is received"), _("The money is yours now."))],
    "OrderCancelled": [
        ("buyer", _("Order {number} is cancelled"), "{reason}"),
        ("seller", _("Order {number} is cancelled"), _("Do not send it. {reason}")),
    ],
    "ProblemReported": [
        ("seller", _("The buyer of {number} has a problem"), "{reason}"),
    ],
    "ParcelArrivedAtCustoms": [
        ("buyer", _("Your parcel {number} is at customs"), _("This is a normal step. Do nothing.")),
    ],
    "HoldOpened": [
        ("buyer", _("We check the papers of {number}"), _("This can happen. We write if we need you.")),
        ("seller", _("We check the papers of {number}"), _("Keep the parcel until we write.")),
    ],
    "HoldReleased": [
        ("buyer", _("The papers of {number} are in order"), _("The parcel goes on.")),
        ("seller", _("The papers of {number} are in order"), _("You can send the parcel.")),
    ],
}


def tell(event: Event) -> None:
    """Write the notices of one fact."""
    order = Order.objects.select_related("group__buyer", "seller").filter(number=event.subject).first()
    if order is None:
        return
    facts = {"number": order.number, "reason": event.payload.get("reason", "")}
    for side, title, body in WORDS.get(event.name, []):
        company = order.group.buyer if side == "buyer" else order.seller
        path = order.signed_link if side == "buyer" else f"/sell/orders/{order.number}/"
        notify(
            company=company,
            kind=event.name,
            title=str(title).format(**facts),
            body=str(body).format(**facts),
            url=settings.SITE_ADDRESS + path,
            key=f"{event.pk}-{side}",
        )
