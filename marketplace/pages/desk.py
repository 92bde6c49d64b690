"""The seller's first page: what to do now, and the money on its way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import cast

from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.models import Product, ProductState
from customs import origin_verdicts
from customs.models import Hold
from marketplace.accounts.models import Company, Membership, User
from marketplace.accounts.roles import needs
from marketplace.templatetags.ui import country, money
from orders.models import Order, OrderState
from orders.payments.statement import CurrencyBalance, balances
from orders.savings import MOST_PRODUCTS, savings


@dataclass(frozen=True, slots=True)
class ToDo:
    """One thing to do, one tap away."""

    symbol: str
    tone: str
    title: str
    words: str
    due: str
    href: str


@dataclass(frozen=True, slots=True)
class Bar:
    """The orders of one day, and the bar that shows them (units of the picture)."""

    day: date
    orders: int
    x: float
    y: float
    height: float


def chart(per_day: Mapping[date, int], until: date) -> tuple[list[Bar], int]:
    """Draw thirty days, and give the number at the top line."""
    days = [until - timedelta(days=back) for back in range(29, -1, -1)]
    top = max(2, *(per_day.get(day, 0) for day in days))
    top += top % 2
    bars = []
    for n, day in enumerate(days):
        height = round(per_day.get(day, 0) / top * 110, 1)
        bars.append(Bar(day, per_day.get(day, 0), round(n * 20.6 + 2, 1), 120 - height, height))
    return bars, top


def own_money(user: User, company: Company) -> CurrencyBalance | None:
    """Give the balance in the company's own money to those who may see it."""
    roles = [Membership.Role.OWNER, Membership.Role.FINANCE]
    if not user.memberships.filter(company=company, role__in=roles).exists():
        return None
    return next((b for b in balances(company.number) if b.currency == company.currency), None)


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
    sold = recent.annotate(day=TruncDate("paid_at")).values("day").annotate(n=Count("pk"))
    per_day = {row["day"]: row["n"] for row in sold.order_by("day")}
    bars, top = chart(per_day, timezone.localdate())
    context = {
        "bars": bars if per_day else [],
        "top": top,
        "half": top // 2,
        "money": own_money(user, company),
        "company": company,
        "todo": to_do(user, company),
        "numbers": numbers,
        "states": states,
        "lands": list(lands),
        "latest": sales.select_related("group").prefetch_related("lines")[:6],
        "now": timezone.now(),
    }
    return render(request, "shop/desk.html", context)


def origin_jobs(user: User) -> list[ToDo]:
    """Name papers of origin that would make goods cheaper abroad, with what they save by our own prices."""
    live = Product.objects.owned_by(user).filter(state=ProductState.LIVE).exclude(origin="")
    numbers = live.order_by("-published_at", "pk").values_list("pk", flat=True)[:MOST_PRODUCTS]
    found: dict[int, ToDo] = {}
    today = timezone.localdate()
    for one in savings(list(numbers), today):
        [verdict] = origin_verdicts.verdicts(one.product, today, [one.agreement])
        if verdict.failed:
            continue  # no paper can be written for goods that do not meet the rule
        facts = {"money": money(one.each), "where": country(one.country)}
        title = (
            _("A statement of origin saves your buyers %(money)s each in %(where)s")
            if one.agreement.wording
            else _("A certificate of origin saves your buyers %(money)s each in %(where)s")
        )
        href = reverse("customs:origin", args=[one.product.number]) + f"?agreement={one.agreement.code}"
        words = f"{one.product.title} · {one.agreement.name}"
        if verdict.met:
            words = _("%(words)s, the rule is met: write the paper") % {"words": words}
        elif verdict.judgement.loaded:
            words = _("%(words)s, say first what it is made of") % {"words": words}
        if one.buyer_kind == "business":
            words = _("%(words)s, when a company buys %(n)s") % {"words": words, "n": one.quantity}
        found.setdefault(one.product.pk, ToDo("percent", "", title % facts, words, "", href))
    return list(found.values())[:3]


def to_do(user: User, company: Company) -> list[ToDo]:
    """Collect papers that customs waits for, parcels to pack, listings that came back."""
    found: list[ToDo] = []
    asked = Hold.objects.open().filter(
        declaration__seller=company, papers__received_at=None, papers__party="seller"
    )
    for hold in asked.select_related("declaration").distinct()[:5]:
        number = hold.declaration.order_number
        href = reverse("orders:sale", args=[number])
        found.append(ToDo("file-up", "bad", _("A paper is missing"), number, f"{hold.deadline:%d %b}", href))
    for order in Order.objects.sold_by(user).filter(state=OrderState.PAID).select_related("group")[:8]:
        words = _("%(order)s to %(town)s") % {"order": order.number, "town": order.group.town}
        paid = f"{order.paid_at:%d %b}" if order.paid_at else ""
        href = reverse("orders:sale", args=[order.number])
        found.append(ToDo("package", "warn", _("Pack an order"), words, paid, href))
    own = Product.objects.owned_by(user)
    returned, drafts = own.filter(state=ProductState.RETURNED)[:5], own.filter(state=ProductState.DRAFT)[:3]
    found += origin_jobs(user)
    back, finish = _("A product came back"), _("Finish a draft")
    found += [ToDo("undo-2", "warn", back, product.title, "", product.desk_url()) for product in returned]
    found += [ToDo("pencil", "", finish, product.title, "", product.desk_url()) for product in drafts]
    return found
