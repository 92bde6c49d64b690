"""The board of shared boxes: containers with cut-off and fill, who is in, what each pays, and merges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from customs.amounts import in_euro
from customs.grounds import destinations, low_value_limit
from logistics import containers, merging
from logistics.models import Container, ContainerPart, Hub, Mode, Shipment
from logistics.options import options
from marketplace.console.access import desk, shell
from marketplace.http import SignedInRequest
from marketplace.kit.money import Money, UnknownCurrency
from orders.models import Order

REASONS: Final = {
    "terms": gettext_lazy("another person pays the duty"),
    "dangerous_goods": gettext_lazy("only one has dangerous goods"),
    "bonded_with_free": gettext_lazy("bonded and free goods stay apart"),
    "temperature": gettext_lazy("another temperature"),
    "low_value_limit": gettext_lazy("together they cross the low-value limit and would pay duty"),
    "not_cheaper": gettext_lazy("it is not cheaper"),
    "value_unknown": gettext_lazy("we do not know the value of one of them"),
    "destination": gettext_lazy("another destination"),
}


@desk("finance", "trust")
@require_safe
def boxes(request: SignedInRequest) -> HttpResponse:
    """Show containers by state with their fill, what could be merged, and the form for a new one."""
    return _boxes(request)


def _boxes(request: SignedInRequest, status: int = 200, **more: Any) -> HttpResponse:
    state = request.GET.get("state", Container.State.OPEN)
    state = state if state in Container.State.values else Container.State.OPEN
    rows = Container.objects.filled().filter(state=state).select_related("hub", "to")
    page = Paginator(rows, 25).get_page(request.GET.get("page"))
    waiting = merging.waiting()
    context = {
        "page": page,
        "cards": [(box, _percent(box.taken_kg, box.capacity_kg), _percent(box.taken_cbm, box.capacity_cbm))
                  for box in page],
        "state": state,
        "states": Container.State.choices,
        "hubs": Hub.objects.all(),
        "modes": [row for row in Mode.choices if row[0] not in {Mode.POST, Mode.PARCEL}],
        "offers": [(offer, REASONS.get(offer.verdict.refusal, "")) for offer in merge_offers(waiting)],
        "waiting": len(waiting),
        "now": timezone.now(),
        **more,
    }  # fmt: skip
    return render(request, "console/boxes.html", context | shell(request.user), status=status)


def _percent(taken: Decimal, room: Decimal) -> int:
    return int(taken * 100 / room)


def merge_offers(waiting: Iterable[Shipment]) -> list[merging.Offer]:
    """Find merges with the orders' values and the destinations' low-value limits, both in euro."""
    rows = list(waiting)
    today = timezone.localdate()
    orders = Order.objects.filter(number__in=[one.order_number for one in rows])
    values = {
        order.number: Money(euro, "EUR")
        for order in orders
        if (euro := in_euro(Money(order.goods_amount, order.currency))) is not None
    }
    countries = {str(one.recipient.get("country", "")) for one in rows}
    limits = {
        country: Money(limit, "EUR")
        for country in countries
        if (limit := low_value_limit(destinations(country), today)) is not None
    }
    return merging.offers(rows, today, values=values, thresholds=limits)


@desk("finance", "trust")
@require_safe
def box(request: SignedInRequest, number: str) -> HttpResponse:
    """Show one container: fill, who is inside with shares, and what waits for it."""
    found = get_object_or_404(Container.objects.filled().select_related("hub", "to"), number=number)
    inside = list(found.parts.select_related("shipment__seller"))
    bill = containers.shares(found, inside)
    is_open = found.state == Container.State.OPEN
    country = next((containers.features(part.shipment)["destination"] for part in inside), "")
    wanted = [
        (one, containers.measures(one, found.mode))
        for one in (merging.waiting() if is_open else [])
        if one.sender.get("country") == found.hub.country
        and (not country or one.recipient.get("country") == country)
    ]
    context = {
        "box": found,
        "inside": list(zip(inside, bill, _paid_freight(inside), strict=True)),
        "saved": sum((part.alone_amount for part in inside), Decimal(0)) - found.price_amount,
        "wanted": wanted[:60],
        "open": is_open,
        "late": timezone.now() > found.cut_off_at,
        "fill_kg": _percent(found.taken_kg, found.capacity_kg),
        "fill_cbm": _percent(found.taken_cbm, found.capacity_cbm),
    }
    return render(request, "console/box.html", context | shell(request.user))


def _paid_freight(inside: Sequence[ContainerPart]) -> list[Money | None]:
    """What the buyer of each order paid for its freight; nothing for goods without a buyer."""
    numbers = [part.shipment.order_number for part in inside]
    rows = Order.objects.filter(number__in=numbers).values_list("number", "freight_amount", "currency")
    paid = {number: Money(amount, currency) for number, amount, currency in rows}
    return [paid.get(number) for number in numbers]


@desk("finance", "trust")
@require_POST
def new_box(request: SignedInRequest) -> HttpResponse:
    """Open a container."""
    given = request.POST
    try:
        hub = Hub.objects.get(code=given.get("hub", ""))
        to = Hub.objects.filter(code=given.get("to", "")).first()
        cut_off = timezone.make_aware(datetime.fromisoformat(given.get("cut_off_at", "")))
        departs = date.fromisoformat(given.get("departs_on", ""))
        kg, cbm, price = (Decimal(given.get(name, "")) for name in ("kg", "cbm", "price"))
        whole = Money(price, given.get("currency", "USD").upper()).rounded()
    except (ValueError, InvalidOperation, UnknownCurrency, Hub.DoesNotExist):
        messages.error(request, _("Give hub, cut-off, day, weight, room, price and currency."))
        return _boxes(request, 400, given=given)
    made = containers.open_container(
        hub=hub, to=to, mode=given.get("mode", ""), cut_off_at=cut_off, departs_on=departs, capacity_kg=kg,
        capacity_cbm=cbm, price=whole,
    )  # fmt: skip
    return redirect("console:box", made.number)


@desk("finance", "trust")
@require_POST
def box_part(request: SignedInRequest, number: str) -> HttpResponse:
    """Put a shipment in, or take it out."""
    found = get_object_or_404(Container, number=number)
    shipment = get_object_or_404(Shipment, number=request.POST.get("shipment", ""))
    if request.POST.get("act") == "out":
        containers.take_out(container=found.number, shipment=shipment.number)
    else:
        at = timezone.now()
        option = options(merging.consignment(shipment), at.date()).get(shipment.option_code)
        alone = option.price if option else None
        containers.put_in(container=found.number, shipment=shipment.number, alone=alone, at=at)
    return redirect("console:box", number)


@desk("finance", "trust")
@require_POST
def box_closing(request: SignedInRequest, number: str) -> HttpResponse:
    """Close a container and share its bill."""
    get_object_or_404(Container, number=number)
    containers.close(container=number, by=request.user, at=timezone.now())
    messages.success(request, _("%(number)s is closed and its bill is shared.") % {"number": number})
    return redirect("console:box", number)


@desk("finance", "trust")
@require_POST
def merge(request: SignedInRequest) -> HttpResponse:
    """Merge one buyer's parcels at the hub that was offered, if the offer still stands."""
    wanted = set(request.POST.getlist("shipment"))
    offer = next(
        (one for one in merge_offers(merging.waiting()) if {s.number for s in one.shipments} == wanted), None
    )
    if offer is None or offer.verdict.refusal:
        messages.error(request, _("This offer is gone. Look at the list again."))
        return redirect("console:boxes")
    made = merged(offer, at=timezone.now())
    messages.success(request, _("Merged. Each order pays a share by weight."))
    return redirect("console:box", made.number)


@transaction.atomic
def merged(offer: merging.Offer, *, at: datetime) -> Container:
    """Open one parcel for an offer and put its shipments in."""
    sizes = [containers.measures(one, "parcel") for one in offer.shipments]
    made = containers.open_container(
        hub=Hub.objects.get(code=offer.hub), to=None, mode=offer.shipments[0].mode or Mode.PARCEL,
        cut_off_at=at + timedelta(days=3), departs_on=(at + timedelta(days=3)).date(),
        capacity_kg=sum((s.kg for s in sizes), Decimal("0.1")).quantize(Decimal("0.1")),
        capacity_cbm=sum((s.cbm for s in sizes), Decimal("0.01")).quantize(Decimal("0.01")),
        price=offer.together, kind=Container.Kind.PARCEL,
    )  # fmt: skip
    for one, alone in zip(offer.shipments, offer.alone, strict=True):
        containers.put_in(container=made.number, shipment=one.number, alone=alone, at=at)
    return made
