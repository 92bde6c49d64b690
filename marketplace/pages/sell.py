"""The seller's desk where rooms meet: the delivered price of a listing in three cities, and its stock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.models import Product
from logistics.warehousing.models import StockBalance
from marketplace.accounts.roles import needs
from marketplace.kit.places import Place
from orders.landed_cost import LandedCost
from orders.quoting import QuoteRequest, estimate

CITIES: Final = (
    (Place("DE", "10115", "Berlin"), "EUR"),
    (Place("US", "10001", "New York", "NY"), "USD"),
    (Place("SG", "018956", "Singapore"), "SGD"),
)


@dataclass(frozen=True, slots=True)
class CityPrice:
    place: Place
    cost: LandedCost


@needs("catalogue", seller=True)
@require_safe
def preview(request: HttpRequest, number: str) -> HttpResponse:
    """Show what buyers in three cities would pay for the smallest order."""
    found = Product.objects.owned_by(request.user).select_related("lead", "lead__product__seller")
    product = get_object_or_404(found, number=number)
    cities: list[CityPrice] = []
    if product.lead is not None:
        quantity = product.lead.minimum_quantity
        today = timezone.localdate()
        cities = [
            CityPrice(place, estimate(QuoteRequest(((product.lead, quantity),), place, currency, today)))
            for place, currency in CITIES
        ]
    return render(request, "catalog/_preview.html", {"product": product, "cities": cities})


@needs("catalogue", "fulfilment", seller=True)
@require_safe
def stock(request: HttpRequest, number: str) -> HttpResponse:
    """Show the stock of a listing in each warehouse."""
    product = get_object_or_404(Product.objects.owned_by(request.user), number=number)
    skus = list(product.variants.values_list("sku", flat=True))
    rows = StockBalance.objects.filter(sku__in=skus).select_related("warehouse").order_by("sku", "pk")
    return render(request, "catalog/_stock.html", {"product": product, "rows": rows})
