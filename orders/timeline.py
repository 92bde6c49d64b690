"""The way of an order in plain words, from the facts about it. Customs is a normal step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from logistics.maps import RouteMap, route_map
from marketplace.events.models import Event
from orders.handover import is_domestic
from orders.models import Order, OrderState

# fact → (title, words, from whom, customs step?)
WORDS: Final[dict[str, tuple[Any, Any, Any, bool]]] = {
    "OrderPlaced": (gettext_lazy("Ordered"), gettext_lazy("We wait for your payment."), "Sampan", False),
    "DepositPaid": (
        gettext_lazy("Deposit paid"), gettext_lazy("The maker makes your goods now."), "Sampan", False,
    ),
    "BalanceAsked": (
        gettext_lazy("The goods are ready"), gettext_lazy("The balance is due now."),
        gettext_lazy("From the maker"), False,
    ),
    "OrderPaid": (gettext_lazy("Paid"), gettext_lazy("The maker knows and starts."), "Sampan", False),
    "DeclarationDrafted": (
        gettext_lazy("Customs papers written"), gettext_lazy("We wrote them for you."), "Sampan", True,
    ),
    "ClearancePassed": (
        gettext_lazy("Papers checked"), gettext_lazy("Everything is in order."), "Sampan", True,
    ),
    "HoldOpened": (
        gettext_lazy("We look at the customs papers"),
        gettext_lazy("A person checks one point. You do not need to do anything now."), "Sampan", True,
    ),
    "PapersAsked": (
        gettext_lazy("A paper is missing"), gettext_lazy("We asked for it. Then the parcel goes on."),
        "Sampan", True,
    ),
    "PapersReceived": (gettext_lazy("The paper is here"), gettext_lazy("We check it now."), "Sampan", True),
    "HoldReleased": (
        gettext_lazy("Papers are in order"), gettext_lazy("The parcel goes on."), "Sampan", True,
    ),
    "HoldRejected": (
        gettext_lazy("These goods may not be sent"), gettext_lazy("You get your money back."), "Sampan", True,
    ),
    "ShipmentBooked": (
        gettext_lazy("The carrier is booked"), gettext_lazy("The carrier will fetch the parcel."),
        "Sampan", False,
    ),
    "OrderPacked": (
        gettext_lazy("Packed"), gettext_lazy("The parcel is ready for the carrier."),
        gettext_lazy("From the maker"), False,
    ),
    "ParcelPickedUp": (
        gettext_lazy("Picked up"), gettext_lazy("The carrier has the parcel."),
        gettext_lazy("From the carrier"), False,
    ),
    "ParcelArrivedAtCustoms": (
        gettext_lazy("At customs"),
        gettext_lazy("This is a normal step. Most parcels leave after 1 or 2 days."),
        gettext_lazy("From the carrier"), True,
    ),
    "ParcelCleared": (
        gettext_lazy("Customs let it go"), gettext_lazy("Duty and tax are done."),
        gettext_lazy("From the carrier"), True,
    ),
    "PartDelivered": (
        gettext_lazy("One parcel is here"), gettext_lazy("The others are on the way."),
        gettext_lazy("From the carrier"), False,
    ),
    "ParcelDelivered": (
        gettext_lazy("Delivered"), gettext_lazy("The parcel is at the door."),
        gettext_lazy("From the carrier"), False,
    ),
    "OrderCompleted": (gettext_lazy("You have it"), gettext_lazy("Thank you."), "Sampan", False),
    "OrderCancelled": (gettext_lazy("Cancelled"), "", "Sampan", False),
    "OrderRefunded": (gettext_lazy("Money sent back"), gettext_lazy("It takes some days."), "Sampan", False),
    "ProblemReported": (
        gettext_lazy("You told us about a problem"),
        gettext_lazy("The maker's money waits until we have decided."), "Sampan", False,
    ),
    "DisputeWithdrawn": (gettext_lazy("The problem is over"), gettext_lazy("Thank you."), "Sampan", False),
    "DisputeDecided": (
        gettext_lazy("We decided about the problem"), gettext_lazy("Read it below."), "Sampan", False,
    ),
}  # fmt: skip
FIRST: Final = {"OrderPlaced": 0, "OrderPaid": 1, "DeclarationDrafted": 2}


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the timeline or of the stage bar: `state` is done, now or empty."""

    title: str
    words: str
    when: str
    state: str = "done"
    customs: bool = False
    source: str = ""


def _when(moment: datetime | date | None) -> str:
    if moment is None:
        return ""
    return date_format(moment, "j M, H:i" if isinstance(moment, datetime) else "j M")


def _told_at(event: Event) -> tuple[datetime, int]:
    """Order the facts by time; within one second: ordered, paid, papers written, the rest."""
    return event.happened_at.replace(microsecond=0), FIRST.get(event.name, len(FIRST))


def timeline(events: Iterable[Event], order: Order) -> list[Step]:
    """Tell what happened, oldest first, and what comes at the end."""
    steps: list[Step] = []
    for event in sorted(events, key=_told_at):
        if event.name not in WORDS:
            continue
        title, words, source, customs = WORDS[event.name]
        said = event.payload.get("reason") or words if event.name == "OrderCancelled" else words
        if event.name == "OrderPlaced" and order.state != OrderState.PLACED:
            said = ""
        steps.append(Step(str(title), str(said), _when(event.happened_at), "done", customs, str(source)))
    over = {OrderState.DELIVERED, OrderState.COMPLETED, OrderState.CANCELLED, OrderState.REFUNDED}
    if steps and order.state not in over:
        last = steps[-1]
        steps[-1] = Step(last.title, last.words, last.when, "now", last.customs, last.source)
        ending = _("Nothing to pay at the door") if order.terms == "DDP" else _("Duty and tax are paid here")
        steps.append(Step(_("At your door"), ending, _window(order), ""))
    return steps


def _window(order: Order) -> str:
    if order.state == OrderState.DEPOSIT:  # the promised days are counted from the balance
        return _("after the balance")
    return " – ".join(_when(day) for day in (order.earliest_on, order.latest_on) if day)


def stages(events: Iterable[Event], order: Order) -> list[Step]:
    """Give the six stages of the bar."""
    seen = {event.name: event.happened_at for event in events}
    marks = [
        (_("Paid"), order.paid_at),
        (_("Papers checked"), seen.get("ClearancePassed") or seen.get("HoldReleased")),
        (_("Packed"), order.packed_at or order.shipped_at),
        (_("On the way"), order.shipped_at),
        (_("Customs"), seen.get("ParcelCleared") or order.delivered_at),
        (_("Your door"), order.delivered_at),
    ]
    customs = {1, 4}
    if is_domestic(order):  # the goods came in before: no border on the way
        del marks[4]
        customs = set()
    found: list[Step] = []
    current = next((n for n, (_title, at) in enumerate(marks) if at is None), len(marks))
    for n, (title, at) in enumerate(marks):
        state = "done" if n < current or at else ("now" if n == current else "")
        when = _when(at.date() if at else None) or (_window(order) if n == len(marks) - 1 else "")
        found.append(Step(title, "", when, state, n in customs))
    return found


def headline(order: Order) -> tuple[str, str]:
    """Say in one sentence where the order is, and in a second what the buyer must do."""
    nothing = _("You do not need to do anything.")
    table: dict[str, tuple[str, str]] = {
        OrderState.PLACED: (_("We wait for your payment"), _("Pay, and the maker starts.")),
        OrderState.DEPOSIT: (
            (_("The goods are ready"), _("Pay the balance, then they are sent."))
            if order.balance_asked_at
            else (_("The maker makes your goods"), _("We write when they are ready, then you pay the rest."))
        ),
        OrderState.PAID: (_("The maker packs your goods"), nothing),
        OrderState.HELD: (
            _("We check the customs papers"), _("This can happen. We write to you if we need something."),
        ),
        OrderState.PACKED: (_("Your parcel is packed"), nothing),
        OrderState.SHIPPED: (_("Your parcel is on its way"), nothing),
        OrderState.DELIVERED: (_("Your parcel is here"), _("Look at it, then tell us that you have it.")),
        OrderState.COMPLETED: (_("You have your goods"), _("Tell others what you think of them.")),
        OrderState.CANCELLED: (_("This order is cancelled"), order.cancel_reason or nothing),
        OrderState.REFUNDED: (_("Your money is on its way back"), nothing),
    }  # fmt: skip
    return table[order.state]


def way_on_map(order: Order, seen: set[str]) -> RouteMap | None:
    """Draw the way of an order with the place that the carrier told of last."""
    at_stop: int | None = None
    if order.state == OrderState.SHIPPED:
        at_stop = -1 if seen & {"ParcelArrivedAtCustoms", "ParcelCleared"} else 0
    delivered = order.state in {OrderState.DELIVERED, OrderState.COMPLETED}
    return route_map(order.delivery.get("legs", []), at_stop=at_stop, delivered=delivered)
