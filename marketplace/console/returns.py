"""Returns that a maker left unanswered or refused: the trust desk decides in their place."""

from __future__ import annotations

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from marketplace.console.access import desk, shell
from marketplace.http import SignedInRequest
from orders.actions import returns as actions
from orders.models import Return, ReturnState
from orders.views.returns import case_page


@desk("trust")
@require_GET
def returns(request: SignedInRequest) -> HttpResponse:
    """List returns by state, those that wait for an answer first."""
    state = request.GET.get("state", ReturnState.ASKED)
    state = state if state in ReturnState.values else ReturnState.ASKED
    rows = Return.objects.filter(state=state).select_related("order__seller", "order__group").order_by("pk")
    context = {
        "page": Paginator(rows, 30).get_page(request.GET.get("page")),
        "state": state,
        "states": ReturnState.choices,
    }
    return render(request, "console/returns.html", context | shell(request.user))


@desk("trust")
@require_GET
def case(request: SignedInRequest, number: str) -> HttpResponse:
    """Show one return with the ways compared."""
    rows = Return.objects.select_related("order__group", "order__seller")
    found = get_object_or_404(rows, number=number)
    return render(request, "console/return.html", case_page(found) | shell(request.user))


@desk("trust")
@require_POST
def decide(request: SignedInRequest, number: str) -> HttpResponse:
    """Decide in the maker's place."""
    get_object_or_404(Return, number=number)
    actions.decide_return(
        number=number, way=request.POST.get("way", ""), by=request.user,
        answer=request.POST.get("answer", ""), at=timezone.now(),
    )  # fmt: skip
    messages.success(request, _("Return %(number)s is decided.") % {"number": number})
    return redirect("console:return", number=number)
