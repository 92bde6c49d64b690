"""The trust desk: listings and companies that wait for a decision."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog import actions
from catalog.models import Product
from catalog.readiness import gaps
from marketplace.accounts import actions as people
from marketplace.accounts.models import Company, User
from marketplace.accounts.roles import needs_desk

TRUST = User.Desk.TRUST.value


@needs_desk(TRUST)
@require_safe
def listings(request: HttpRequest) -> HttpResponse:
    """List what waits, oldest first."""
    waiting = Product.objects.visible_to(request.user).awaiting_review().with_card()
    page = Paginator(waiting, 25).get_page(request.GET.get("page"))
    return render(request, "console/listings.html", {"page": page})


@needs_desk(TRUST)
@require_safe
def listing(request: HttpRequest, number: str) -> HttpResponse:
    """Show one listing as it would be, beside what is in the shop now."""
    found = Product.objects.visible_to(request.user).with_card()
    product = get_object_or_404(found, number=number)
    wanted = actions.snapshot(product)
    seen = Product.objects.select_related("seller", "category").get(pk=product.pk)
    actions.apply_changes(seen, seen.changes)
    variants = list(product.variants.prefetch_related("tiers"))
    pictures = list(product.pictures.all())
    before = actions.snapshot(Product(**{n: getattr(product, n) for n in actions.REVIEWED}))
    rows = [
        {
            "field": name,
            "label": Product._meta.get_field(name).verbose_name,  # noqa: SLF001
            "value": wanted[name],
            "before": before[name],
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
    return render(request, "console/listing.html", context)


@needs_desk(TRUST)
@require_POST
def decision(request: HttpRequest, number: str) -> HttpResponse:
    """Approve a listing, or return it with a reason per field."""
    assert isinstance(request.user, User)  # noqa: S101
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
    return redirect("console-listings")


@needs_desk(TRUST)
@require_safe
def companies(request: HttpRequest) -> HttpResponse:
    """List companies that wait for our check first, then all sellers."""
    found = Company.objects.filter(is_seller=True).order_by("-state", "name", "pk")
    waiting = list(found.filter(state=Company.State.READY))
    page = Paginator(found.exclude(state=Company.State.READY), 50).get_page(request.GET.get("page"))
    return render(request, "console/companies.html", {"waiting": waiting, "page": page})


@needs_desk(TRUST)
@require_POST
def company_decision(request: HttpRequest, number: str) -> HttpResponse:
    """Let a company sell, or say why not."""
    assert isinstance(request.user, User)  # noqa: S101
    company = get_object_or_404(Company, number=number)
    people.decide_company(
        company_id=company.pk,
        by=request.user,
        approve=request.POST.get("verdict") == "approve",
        reason=request.POST.get("reason", "")[:1000],
        at=timezone.now(),
    )
    messages.success(request, _("Saved."))
    return redirect("console-companies")
