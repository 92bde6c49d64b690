"""What buyers pay in three cities, while the seller types."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from catalog.models import Product, Variant
from marketplace.accounts.roles import needs
from marketplace.kit.places import Place
from marketplace.pages.shop import number_of, whole_of
from orders.asked import QuoteRequest
from orders.landed_cost import LandedCost
from orders.quoting import estimate

CITIES: Final = (
    (Place("DE", "10115", "Berlin"), "EUR"),
    (Place("SG", "018956", "Singapore"), "SGD"),
    (Place("GB", "EC1A 1BB", "London"), "GBP"),
)
MEASURES: Final = (
    *("price_amount", "gross_weight_kg", "net_weight_kg"),
    *("length_cm", "width_cm", "height_cm"),
)


@dataclass(frozen=True, slots=True)
class City:
    """One city with the price there."""

    place: Place
    cost: LandedCost


@needs("catalogue", seller=True)
@require_safe
def cities(request: HttpRequest, number: str) -> HttpResponse:
    """Price the product as typed, saved or not, in three cities."""
    owned = Product.objects.owned_by(request.user).select_related("seller", "category")
    product = get_object_or_404(owned, number=number)
    variants = list(product.variants.prefetch_related("tiers"))
    variant = next(
        (v for v in variants if v.sku == request.GET.get("sku")), variants[0] if variants else None
    )
    shown: list[City] = []
    if variant is not None:
        variant.product = product
        typed(variant, request.GET)
        quantity = variant.minimum_quantity
        for place, currency in CITIES:
            asked = QuoteRequest([(variant, quantity)], place, currency, timezone.localdate())
            shown.append(City(place, estimate(asked)))
    return render(request, "shop/cities.html", {"cities": shown})


def typed(variant: Variant, given: QueryDict) -> None:
    """Put what stands in the form over the stored figures; nothing is saved."""
    for name in MEASURES:
        value = number_of(given.get(name))
        if value is not None and Decimal(0) < value < 10**9:
            setattr(variant, name, value)
    if given.get("minimum_quantity"):
        variant.minimum_quantity = whole_of(given.get("minimum_quantity"), variant.minimum_quantity, 99_999)
