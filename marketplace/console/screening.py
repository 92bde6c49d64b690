"""Near names: compare both sides field by field, then decide."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from customs import actions
from customs.models import PartyList, ScreeningHit
from marketplace.console.access import desk, shell
from marketplace.http import SignedInRequest


def lists_in_force(on: date) -> list[dict[str, object]]:
    """Give each list with its age, and whether it is too old for new parties."""
    limit = settings.SCREENING_MAX_AGE_DAYS
    rows = PartyList.objects.filter(is_active=True)
    return [
        {
            "row": row,
            "age": row.age_days(on),
            "old": bool(limit) and not row.is_demo and row.age_days(on) > limit,
        }
        for row in rows
    ]


@never_cache
@desk("customs", "trust")
@require_safe
def screening(request: SignedInRequest) -> HttpResponse:
    """Show names of ours that are near a listed one."""
    hits = ScreeningHit.objects.visible_to(request.user).select_related("listed", "declaration", "decided_by")
    state = request.GET.get("state", "open")
    hits = hits.open() if state == "open" else hits.exclude(decided_at=None).order_by("-decided_at")
    context = {
        "page": Paginator(hits, 20).get_page(request.GET.get("page")),
        "state": state,
        "lists": lists_in_force(timezone.now().date()),
        "limit": settings.SCREENING_MAX_AGE_DAYS,
    }
    return render(request, "console/screening.html", context | shell(request.user))


@desk("customs", "trust")
@require_POST
def screening_decision(request: SignedInRequest, hit: int) -> HttpResponse:
    """Say whether the two parties are the same."""
    get_object_or_404(ScreeningHit.objects.visible_to(request.user), pk=hit)
    try:
        expires = date.fromisoformat(request.POST.get("expires_on", ""))
    except ValueError:
        expires = None
    actions.decide_hit(
        hit_id=hit,
        by=request.user,
        state=request.POST.get("state", ""),
        note=request.POST.get("note", ""),
        at=timezone.now(),
        expires_on=expires,
    )
    return redirect("console:screening")
