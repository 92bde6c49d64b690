"""What buyer and seller read when an order moves; each stage is told once."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from marketplace.events.models import Event
from marketplace.notifications.actions import notify
from orders.models import Dispute, Order

# fact → (to whom, title, body)
WORDS: Final[dict[str, list[tuple[str, Any, Any]]]] = {
    "DepositPaid": [
        (
            "buyer",
            _("The deposit for {number} is paid"),
            _(
                "{seller} makes your goods now: {goods}. You paid {deposit}. When they are ready, "
                "you pay {balance}, and then they are sent. Follow it here; the receipt is under “Papers”:"
            ),
        ),
        (
            "seller",
            _("New order {number} with a deposit"),
            _(
                "Make these goods: {goods}. When they are ready, ask for the balance of {balance}. "
                "Send them when it is paid:"
            ),
        ),
    ],
    "BalanceAsked": [
        (
            "buyer",
            _("The goods of {number} are ready: pay the balance"),
            _(
                "Pay {balance} by {until}. Then they are sent. If you do not pay, the order is cancelled. "
                "Pay here:"
            ),
        ),
    ],
    "BalanceReminded": [
        (
            "buyer",
            _("The balance for {number} is still open"),
            _("Pay {balance} by {until}, or the order is cancelled. Pay here:"),
        ),
    ],
    "PartDelivered": [
        (
            "buyer",
            _("One parcel of {number} is here"),
            _("The others are on the way. Look at it, then tell us that you have it."),
        ),
    ],
    "OrderPaid": [
        (
            "buyer",
            _("Your order {number} is paid"),
            _("{seller} starts now. You bought: {goods}. You paid {total}. Follow it here:"),
        ),
        ("seller", _("New order {number}"), _("It is paid: {goods}. Pack it and print the papers:")),
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
        (
            "seller",
            _("The buyer of {number} has a problem"),
            _("“{reason}” Your money for this order waits. Answer with your side and a photo by {until}."),
        ),
        (
            "buyer",
            _("We look at your problem with {number}"),
            _("The maker can answer until {until}. Then a person of ours decides. Your money is safe."),
        ),
    ],
    "DisputeListed": [
        (
            "seller",
            _("The buyer’s bank asks for the money of {number} back"),
            _("Your money for this order waits. Send us proof of delivery or what you agreed by {until}."),
        ),
    ],
    "DisputeAnswered": [
        ("{other}", _("There is news about the problem with {number}"), _("“{words}” Read it and answer.")),
    ],
    "DisputeWithdrawn": [
        ("seller", _("The problem with {number} is over"), _("The buyer is content. Your money is free.")),
    ],
    "DisputeDecided": [
        ("buyer", _("We decided about {number}"), _("{verdict}. {refund} {words}")),
        ("seller", _("We decided about {number}"), _("{verdict}. {refund} {words}")),
    ],
    "DisputeEnded": [
        ("seller", _("The bank decided about {number}"), "{ending}"),
    ],
    "ReturnAsked": [
        ("seller", _("The buyer of {number} wants to return goods"), _("Answer under Returns. {reason}")),
    ],
    "ReturnDecided": [("buyer", _("Your return for {number}"), "{reason}")],
    "ReturnRefunded": [("buyer", _("Your money for {number} goes back"), _("Your return is closed."))],
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
    facts = _facts(order, event.payload)
    for wanted, title, body in WORDS.get(event.name, []):
        side = wanted.format(**facts)
        company = order.group.buyer if side == "buyer" else order.seller
        path = order.signed_link if side == "buyer" else f"/sell/orders/{order.number}/"
        notify(
            company=company,
            kind=event.name,
            title=str(title).format(**facts),
            body=str(body).format(**facts).strip(),
            url=path,
            key=f"{event.pk}-{side}",
            address=order.group.email if side == "buyer" else "",
        )


def _facts(order: Order, payload: dict[str, Any]) -> dict[str, str]:
    """Collect what the words may name; a fact that the event does not have is empty."""
    until, refund = payload.get("until", ""), payload.get("refund", "")
    verdict = payload.get("verdict", "")
    won = bool(payload.get("won"))
    return {
        "number": order.number,
        "seller": order.seller.name,
        "goods": ", ".join(f"{line.quantity} × {line.title}" for line in order.lines.all()),
        "total": str(order.total.rounded()),
        "deposit": str(payload.get("deposit", "")),
        "balance": str(payload.get("balance", "")),
        "reason": str(payload.get("reason", "")),
        "words": str(payload.get("words", "")),
        "until": f"{datetime.fromisoformat(until):%d %b %Y, %H:%M} UTC" if until else "",
        "other": "buyer" if payload.get("side") == "seller" else "seller",
        "verdict": str(Dispute.Verdict(verdict).label) if verdict else "",
        "refund": str(_("{refund} goes back to the buyer.")).format(refund=refund) if refund else "",
        "ending": str(_("Your money stays yours.") if won else _("The bank gave the money to the buyer.")),
    }
