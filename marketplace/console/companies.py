"""Companies that wait for our check before they may sell."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from marketplace.accounts import actions
from marketplace.accounts.models import Company
from marketplace.console.access import desk, shell
from marketplace.http import SignedInRequest


@never_cache
@desk("trust")
@require_safe
def companies(request: SignedInRequest) -> HttpResponse:
    """Show companies by state, those that wait for us first."""
    state = request.GET.get("state", Company.State.READY)
    state = state if state in Company.State.values else Company.State.READY
    rows = Company.objects.filter(state=state, is_seller=True).order_by("created_at")
    page = Paginator(rows, 30).get_page(request.GET.get("page"))
    context = {"page": page, "state": state, "states": Company.State.choices}
    return render(request, "console/companies.html", context | shell(request.user))


@desk("trust")
@require_POST
def company_decision(request: SignedInRequest, number: str) -> HttpResponse:
    """Let a company sell, or say why not."""
    company = get_object_or_404(Company, number=number)
    company = actions.decide_company(
        company_id=company.pk,
        by=request.user,
        approve=request.POST.get("answer") == "approve",
        reason=request.POST.get("reason", "")[:500],
        at=timezone.now(),
    )
    messages.success(
        request, _("%(name)s: %(state)s.") % {"name": company.name, "state": company.get_state_display()}
    )
    return redirect("console:companies")
