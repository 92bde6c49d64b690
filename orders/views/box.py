"""The delivered price box of a product page: a small page of its own, swapped in by htmx."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_GET

from catalog.models import Variant
from marketplace.http import VisitorRequest
from orders.quoting import QuoteRequest, estimate


@require_GET
def estimate_box(request: HttpRequest, sku: str) -> HttpResponse:
    """Show the delivered price of a quantity of one variant."""
    visitor = cast("VisitorRequest", request)
    variant = get_object_or_404(
        Variant.objects.for_sale().select_related("product__seller").prefetch_related("tiers"), sku=sku
    )
    asked = request.GET.get("quantity", "")
    quantity = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else 0
    terms = request.GET.get("terms", "DDP")
    cost = estimate(
        QuoteRequest(
            lines=((variant, max(quantity, variant.minimum_quantity)),),
            ship_to=visitor.ship_to,
            currency=visitor.currency,
            on=timezone.now().date(),
            terms=terms if terms in {"DDP", "DAP"} else "DDP",
            option_code=request.GET.get("option", "")[:120],
            insured=request.GET.get("insured", "1") != "0",
            every_option=True,
        )
    )
    return render(request, "orders/box.html", {"variant": variant, "cost": cost, "quantity": cost.quantity})
