"""The trust desk: listings that wait for a decision."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog import actions
from catalog.columns import LABELS
from catalog.models import Category, Product
from catalog.readiness import gaps
from marketplace.console.access import desk, shell
from marketplace.http import SignedInRequest
from marketplace.templatetags.ui import country


@desk("trust")
@require_safe
def listings(request: SignedInRequest) -> HttpResponse:
    """List what waits, oldest first."""
    waiting = Product.objects.visible_to(request.user).awaiting_review().with_card()
    page = Paginator(waiting, 25).get_page(request.GET.get("page"))
    return render(request, "console/listings.html", {"page": page} | shell(request.user))


@desk("trust")
@require_safe
def listing(request: SignedInRequest, number: str) -> HttpResponse:
    """Show one listing as it would be, beside what is in the shop now."""
    found = Product.objects.visible_to(request.user).with_card()
    product = get_object_or_404(found, number=number)
    wanted = actions.snapshot(product)
    seen = Product.objects.select_related("seller", "category").get(pk=product.pk)
    actions.apply_changes(seen, seen.changes)
    variants = list(product.variants.prefetch_related("tiers"))
    pictures = list(product.pictures.all())
    before = actions.snapshot(Product(**{n: getattr(product, n) for n in actions.REVIEWED}))
    categories = dict(Category.objects.values_list("slug", "name"))
    rows = [
        {
            "field": name,
            "label": LABELS.get(name, _("Language")),
            "value": _shown(name, wanted[name], categories),
            "before": _shown(name, before[name], categories),
            "changed": name in product.changes,
        }
        for name in actions.REVIEWED
        if name != "hs_evidence"
    ]
    context = {
        "product": product,
        "rows": rows,
        "variants": variants,
        "pictures": pictures,
        "missing": gaps(seen, variants, pictures),
        "reviews": product.reviews.select_related("decided_by"),
        "open": product.state == "SUBMITTED" or product.changes_submitted,
    }
    return render(request, "console/listing.html", context | shell(request.user))


def _shown(name: str, value: object, categories: dict[str, str]) -> object:
    """Say codes of the listing in words."""
    if name == "origin":
        return country(str(value)) if value else ""
    return categories.get(str(value), value) if name == "category" else value


@desk("trust")
@require_POST
def decision(request: SignedInRequest, number: str) -> HttpResponse:
    """Approve a listing, or return it with a reason per field."""
    product = get_object_or_404(Product.objects.visible_to(request.user), number=number)
    if request.POST.get("verdict") == "approve":
        actions.approve(product_id=product.pk, by=request.user, at=timezone.now())
        messages.success(request, _("%(number)s is in the shop.") % {"number": number})
    else:
        reasons = {
            name: request.POST.get(f"reason_{name}", "")[:500] for name in (*actions.REVIEWED, "pictures")
        }
        actions.return_with_reasons(
            product_id=product.pk, by=request.user, reasons=reasons, at=timezone.now()
        )
        messages.success(request, _("%(number)s went back to the seller.") % {"number": number})
    return redirect("console:listings")
