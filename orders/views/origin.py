"""What papers of origin would save the buyers of one product, as a part of its origin page."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalog.models import Product
from marketplace.accounts.roles import needs
from orders.savings import savings


@never_cache
@needs("catalogue", seller=True)
@require_safe
def origin_savings(request: HttpRequest, number: str) -> HttpResponse:
    """List the saving of each agreement in the market where it is largest first."""
    product = get_object_or_404(Product.objects.owned_by(request.user), number=number)
    found = savings([product.pk], timezone.localdate())
    return render(request, "orders/_origin_savings.html", {"savings": found})
