"""The seller's desk where rooms meet: the stock of a listing in each warehouse."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from catalog.models import Product
from logistics.warehousing.models import StockBalance
from marketplace.accounts.roles import needs


@needs("catalogue", "fulfilment", seller=True)
@require_safe
def stock(request: HttpRequest, number: str) -> HttpResponse:
    """Show the stock of a listing in each warehouse."""
    product = get_object_or_404(Product.objects.owned_by(request.user), number=number)
    skus = list(product.variants.values_list("sku", flat=True))
    rows = StockBalance.objects.filter(sku__in=skus).select_related("warehouse").order_by("sku", "pk")
    return render(request, "catalog/_stock.html", {"product": product, "rows": rows})
