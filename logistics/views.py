"""The packer's pages, and a buyer's tracking page that needs no account."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final, cast

from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from logistics import actions, documents
from logistics.forms import FreightForm, PackForm
from logistics.freight import Sent, picture
from logistics.maps import legs_of, route_map
from logistics.merging import consignment
from logistics.models import LiveBooking, Parcel, Shipment, ShipmentState, Status
from logistics.packplan import Drawing, plan_of
from marketplace.accounts.models import Company
from marketplace.accounts.roles import needs
from marketplace.http import SignedInRequest

SALT: Final = "logistics.track"
CUSTOMS: Final = frozenset(
    {Status.IMPORT_CUSTOMS, Status.CUSTOMS_CLEARED, Status.CUSTOMS_HOLD, Status.EXPORT_CUSTOMS}
)


def _shipment(request: SignedInRequest, number: str) -> Shipment:
    rows = Shipment.objects.visible_to(request.user).for_order(number).exclude(state=ShipmentState.CANCELLED)
    return get_object_or_404(rows.prefetch_related("parcels"))


@needs("fulfilment", seller=True)
@require_http_methods(["GET", "POST"])
def parcel(request: SignedInRequest, number: str) -> HttpResponse:
    """Pack an order: weigh each parcel, then print."""
    shipment = _shipment(request, number)
    form = PackForm(request.POST or None, shipment=shipment)
    if request.method == "POST" and form.is_valid():
        actions.pack(shipment.number, weights=form.weights, at=timezone.now())
        return redirect("logistics:parcel", number=number)
    status = 400 if form.errors else 200
    packed = all(p.packed_at for p in shipment.parcels.all())
    plans = _plans(shipment)
    context = {"shipment": shipment, "form": form, "packed": packed, "waits": shipment.held, "plans": plans}
    return render(request, "logistics/parcel.html", context, status=status)


@needs("fulfilment", seller=True)
@require_GET
def pack_plan(request: SignedInRequest, number: str) -> HttpResponse:
    """Draw where each thing lies in its carton; the sale page loads the same piece."""
    shipment = _shipment(request, number)
    context = {"shipment": shipment, "plans": _plans(shipment)}
    return render(request, "logistics/_plan.html" if request.htmx else "logistics/plan.html", context)


def _plans(shipment: Shipment) -> list[tuple[Parcel, Drawing]]:
    drawn = [
        (box, plan_of(box.pack_plan.get("box", []), box.pack_plan.get("placed", [])))
        for box in shipment.parcels.all()
    ]
    return [(box, plan) for box, plan in drawn if plan is not None]


@needs("catalogue", "fulfilment", "finance", seller=True)
@require_GET
def freight(request: SignedInRequest) -> HttpResponse:
    """Show the seller's freight by lane and what would make it cheaper; a trial stands in the address."""
    today = timezone.localdate()
    form = FreightForm(request.GET if "kg" in request.GET else None)
    sent: list[Sent] = []
    company = request.user.company
    if form.is_bound and company is not None:
        sent = form.sent(company, today) if form.is_valid() else []
    else:
        rows = Shipment.objects.visible_to(request.user).exclude(state=ShipmentState.CANCELLED)
        recent = rows.filter(opened_at__gte=timezone.now() - timedelta(days=90), seller=company)
        sent = [
            Sent(row.opened_at.date(), consignment(row), row.option_code)
            for row in recent.prefetch_related("parcels")[:400]
        ]
    seen = picture(sent, today)
    context = {"form": form, "picture": seen, "count": len(sent), "is_trial": form.is_bound}
    status = 400 if form.is_bound and form.errors else 200
    return render(request, "logistics/freight.html", context, status=status)


@needs("fulfilment", seller=True)
@require_GET
def label(request: SignedInRequest, number: str, parcel_number: str) -> HttpResponse:
    """Print the label of a booked parcel; each print is counted."""
    shipment = _shipment(request, number)
    box = get_object_or_404(
        Parcel.objects.select_related("shipment"), shipment=shipment, number=parcel_number
    )
    if not box.tracking_number:
        raise actions.NotBooked
    actions.print_label(box, at=timezone.now())
    theirs = LiveBooking.objects.filter(shipment=shipment, state=LiveBooking.State.BOOKED).first()
    if theirs is not None and theirs.label and theirs.label_type == "application/pdf":
        return _pdf(bytes(theirs.label), f"label-{box.number}.pdf")  # a carrier takes its own label only
    return _pdf(documents.label(box), f"label-{box.number}.pdf")


@needs("fulfilment", seller=True)
@require_GET
def packing_list(request: SignedInRequest, number: str) -> HttpResponse:
    """Print the packing list."""
    shipment = _shipment(request, number)
    return _pdf(documents.packing_list(shipment), f"packing-list-{shipment.number}.pdf")


@needs("fulfilment", seller=True)
@require_GET
def waybill(request: SignedInRequest, number: str) -> HttpResponse:
    """Print the house waybill."""
    shipment = _shipment(request, number)
    return _pdf(documents.waybill(shipment), f"waybill-{shipment.number}.pdf")


@needs("fulfilment", seller=True)
@require_GET
def manifest(request: SignedInRequest) -> HttpResponse:
    """Print the list that the driver signs: what is packed, numbered and not handed over yet."""
    ready = Parcel.objects.filter(
        shipment__in=Shipment.objects.visible_to(request.user).filter(seller=request.user.company_id),
        shipment__state=ShipmentState.BOOKED, shipment__held=False, packed_at__isnull=False,
    ).exclude(tracking_number=None)  # fmt: skip
    seller, today = cast("Company", request.user.company), timezone.localdate()
    parcels = list(ready.select_related("shipment").order_by("number")[:500])
    return _pdf(documents.manifest(seller, parcels, today), f"manifest-{today}.pdf")


def track_token(shipment_number: str) -> str:
    """Sign a shipment's number for a link that needs no account."""
    return signing.dumps(shipment_number, salt=SALT)


@require_GET
def track(request: HttpRequest, token: str) -> HttpResponse:
    """Show a parcel's way to whoever holds its signed link."""
    try:
        number = signing.loads(token, salt=SALT)
    except signing.BadSignature:
        raise Http404 from None
    shipment = get_object_or_404(Shipment.objects.prefetch_related("parcels__tracking"), number=number)
    seen = {event.status for box in shipment.parcels.all() for event in box.tracking.all()}
    at_stop = (-1 if seen & CUSTOMS else 0) if seen else None
    delivered = shipment.state == ShipmentState.DELIVERED
    context = {
        "shipment": shipment,
        "steps": steps(shipment),
        "milestones": milestones(shipment),
        "map": route_map(legs_of(shipment), at_stop=at_stop, delivered=delivered),
    }
    return render(request, "logistics/track.html", context)


MILESTONES: Final = {
    "picked_up": gettext_lazy("Picked up"),
    "in_transit": gettext_lazy("Leaves by plane or ship"),
    "import_customs": gettext_lazy("At customs"),
    "customs_cleared": gettext_lazy("Through customs"),
    "delivered": gettext_lazy("At the door"),
}


def milestones(shipment: Shipment) -> list[dict[str, object]]:
    """Compare the planned days of each milestone with what happened; the first parcel to arrive counts."""
    seen: dict[str, datetime] = {}
    for box in shipment.parcels.all():
        for event in box.tracking.all():
            seen.setdefault(event.status, event.happened_at)
    rows: list[dict[str, object]] = []
    for code, first, last in shipment.plan:
        until = date.fromisoformat(last)
        at = seen.get(code)
        late = (at.date() - until).days if at else 0
        rows.append(
            {
                "title": MILESTONES.get(code, code),
                "first": date.fromisoformat(first),
                "last": until,
                "at": at,
                "late": max(0, late),
            }
        )
    return rows


def steps(shipment: Shipment) -> list[dict[str, object]]:
    """Say what happened in plain words, oldest first, each with the carrier's own local time."""
    rows: list[dict[str, object]] = [
        {
            "state": "done",
            "title": _("Order is being packed"),
            "when": date_format(shipment.opened_at, "j M, H:i"),
            "words": "",
        }
    ]
    for box in shipment.parcels.all():
        rows += [
            {
                "state": "done",
                "title": event.get_status_display(),
                "when": _local(event.local_time),
                "words": event.place,
                "customs": event.status in CUSTOMS,
                "source": box.tracking_number,
            }
            for event in box.tracking.all()
        ]
    rows[-1]["state"] = "done" if shipment.state == ShipmentState.DELIVERED else "now"
    return rows


def _local(moment: str) -> str:
    """Write a carrier's local time as people do: 11 Nov, 09:18."""
    try:
        return date_format(datetime.fromisoformat(moment), "j M, H:i")
    except ValueError:
        return moment.replace("T", " ")[:16]


def _pdf(content: bytes, name: str) -> HttpResponse:
    headers = {"Content-Disposition": f'inline; filename="{name}"', "Cache-Control": "private, no-store"}
    return HttpResponse(content, content_type="application/pdf", headers=headers)
