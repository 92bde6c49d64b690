"""The seller's first page: what to do now, and the money on its way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import cast

from django.db.models import Count, Q, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.models import Product, ProductState
from customs.models import Hold
from marketplace.accounts.models import Company, User
from marketplace.accounts.roles import needs
from orders.models import Order, OrderState


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing to do, one tap away."""

    symbol: str
    tone: str
    title: str
    words: str
    due: str
    href: str


@needs("catalogue", "fulfilment", "finance", seller=True)
@require_safe
def today(request: HttpRequest) -> HttpResponse:
    """Show what to do first, then the numbers of thirty days."""
    user = cast("User", request.user)
    company = cast("Company", user.company)
    since = timezone.now() - timedelta(days=30)
    sales = Order.objects.sold_by(user)
    recent = sales.filter(paid_at__gte=since).exclude(state__in=[OrderState.CANCELLED, OrderState.REFUNDED])
    numbers = recent.aggregate(orders=Count("pk"), money=Sum("seller_amount"))
    states = Product.objects.owned_by(user).aggregate(
        live=Count("pk", filter=Q(state=ProductState.LIVE)),
        drafts=Count("pk", filter=Q(state=ProductState.DRAFT)),
        back=Count("pk", filter=Q(state=ProductState.RETURNED)),
    )
    lands = recent.values("group__country").annotate(n=Count("pk")).order_by("-n", "group__country")[:6]
    context = {
        "company": company,
        "todo": to_do(user, company),
        "numbers": numbers,
        "states": states,
        "lands": list(lands),
        "latest": sales.select_related("group").prefetch_related("lines")[:6],
        "now": timezone.now(),
    }
    return render(request, "shop/desk.html", context)


def to_do(user: User, company: Company) -> list[ToDo]:
    """Collect papers that customs waits for, parcels to pack, listings that came back."""
    found: list[ToDo] = []
    asked = Hold.objects.open().filter(
        declaration__seller=company, papers__received_at=None, papers__party="seller"
    )
    for hold in asked.select_related("declaration").distinct()[:5]:
        order = hold.declaration.order_number
        href = reverse("orders:sale", args=[order])
        found.append(ToDo("file-up", "bad", _("A paper is missing"), order, f"{hold.deadline:%d %b}", href))
    for order in Order.objects.sold_by(user).filter(state=OrderState.PAID).select_related("group")[:8]:
        words = _("%(order)s to %(town)s") % {"order": order.number, "town": order.group.town}
        paid = f"{order.paid_at:%d %b}" if order.paid_at else ""
        href = reverse("orders:sale", args=[order.number])
        found.append(ToDo("package", "warn", _("Pack an order"), words, paid, href))
    own = Product.objects.owned_by(user)
    returned, drafts = own.filter(state=ProductState.RETURNED)[:5], own.filter(state=ProductState.DRAFT)[:3]
    back, finish = _("A product came back"), _("Finish a draft")
    found += [ToDo("undo-2", "warn", back, product.title, "", product.desk_url()) for product in returned]
    found += [ToDo("pencil", "", finish, product.title, "", product.desk_url()) for product in drafts]
    return found
