"""The page "net to me": name what must arrive, see the list price and what moves in each country."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from catalog.models import Variant
from marketplace.accounts.models import User
from marketplace.accounts.roles import needs
from marketplace.kit.money import Money, minor_units
from orders.net_price import markets, price_for


@needs("catalogue", "finance", seller=True)
@require_safe
def net_price(request: HttpRequest) -> HttpResponse:
    """Show list price, fee and each country's price for the amount that the seller names."""
    company = cast("User", request.user).company
    variants = (
        Variant.objects.filter(product__seller=company)
        .select_related("product__seller", "product__category")
        .prefetch_related("tiers")
        .order_by("sku")
    )
    variant = variants.filter(sku=request.GET.get("sku", "")).first() or variants.first()
    page: dict[str, object] = {"variants": variants[:200], "variant": variant}
    page["text"] = request.GET.get("net", "")
    wanted = _net(request.GET.get("net", ""), variant) if variant else None
    if variant and wanted:
        found = price_for(variant, wanted, at=timezone.now())
        now = Money(variant.price_amount, variant.currency)
        page |= {
            "found": found, "wanted": wanted, "now": now.rounded(), "moved": (found.price - now).rounded(),
            "markets": list(markets(variant, found.price, at=timezone.now())),
        }  # fmt: skip
    elif request.GET.get("net"):
        page["problem"] = _("Write an amount above zero, with no more decimal places than your currency has.")
    return render(request, "orders/net_price.html", page)


def _net(text: str, variant: Variant) -> Money | None:
    try:
        amount = Decimal(text.replace(" ", "").replace(",", ""))
    except InvalidOperation:
        return None
    if not amount.is_finite() or not 0 < amount < Decimal(10) ** 10:
        return None
    if amount != amount.quantize(Decimal(1).scaleb(-minor_units(variant.currency))):
        return None
    return Money(amount, variant.currency)
