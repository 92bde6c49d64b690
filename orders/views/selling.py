"""The seller's orders: what to pack next, and the papers of each parcel."""

from __future__ import annotations

from typing import cast

from django.core.paginator import Paginator
from django.db.models import Case, Q, When
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from customs.documents import TITLES
from customs.models import Declaration
from marketplace.accounts.models import User
from marketplace.accounts.roles import needs
from marketplace.events.models import Event
from orders import actions, documents, timeline
from orders.forms import MessageForm
from orders.models import Dispute, Order, OrderState
from orders.payments.standing import standing


def own(request: HttpRequest, number: str) -> Order:
    orders = Order.objects.sold_by(cast("User", request.user)).select_related("group", "seller")
    return get_object_or_404(orders, number=number)


@needs("fulfilment", "finance", seller=True)
@require_GET
def orders(request: HttpRequest) -> HttpResponse:
    """List the seller's orders, those to pack first."""
    found = (
        Order.objects.sold_by(cast("User", request.user)).select_related("group").prefetch_related("lines")
    )
    state, text = request.GET.get("state", ""), request.GET.get("q", "").replace("\x00", "").strip()[:60]
    if state in OrderState.values:
        found = found.filter(state=state)
    if text:
        found = found.filter(Q(number__icontains=text) | Q(group__town__icontains=text))
    to_pack = Case(When(state=OrderState.PAID, then=0), default=1)
    page = Paginator(found.order_by(to_pack, "-placed_at", "-pk"), 25).get_page(request.GET.get("page"))
    context = {"orders": page, "page": page, "state": state, "text": text, "states": OrderState.choices}
    return render(request, "orders/sales.html", context)


@needs("fulfilment", "finance", seller=True)
@require_GET
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """Show one order with what the seller has to do next."""
    order = own(request, number)
    events = list(Event.objects.about(order.number))
    cases = list(Dispute.objects.about(order).prefetch_related("messages__paper"))
    page = {
        "order": order, "group": order.group, "lines": list(order.lines.select_related("variant")),
        "steps": timeline.timeline(events, order), "stages": timeline.stages(events, order),
        "money": standing(order.number), "can_ask": order.state == OrderState.DEPOSIT,
        "can_accept": order.accepted_at is None and order.state in {OrderState.PAID, OrderState.HELD},
        "can_pack": order.state == OrderState.PAID, "kinds": documents.KINDS,
        "cases": cases, "message_form": MessageForm(), "now": timezone.now(),
        "talking": next((case for case in cases if case.is_open), None),
        "declaration": Declaration.objects.filter(order_number=order.number).first(), "forms": TITLES,
    }  # fmt: skip
    return render(request, "orders/sale.html", page)


@needs("fulfilment", seller=True)
@require_POST
def accept(request: HttpRequest, number: str) -> HttpResponse:
    """Tell the buyer that the order was seen."""
    order = own(request, number)
    actions.accept(number=order.number, at=timezone.now())
    return redirect("orders:sale", number=number)


@needs("fulfilment", seller=True)
@require_POST
def pack(request: HttpRequest, number: str) -> HttpResponse:
    """Record that the parcel is ready."""
    order = own(request, number)
    actions.pack(number=order.number, at=timezone.now())
    return redirect("orders:sale", number=number)


@needs("fulfilment", "finance", seller=True)
@require_GET
def paper(request: HttpRequest, number: str, kind: str) -> HttpResponse:
    """Give a paper of the order as a PDF."""
    order = own(request, number)
    if kind not in documents.KINDS:
        raise Http404
    content = documents.render(kind, order)
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{order.number}-{kind}.pdf"'
    return answer
