"""Margins on exchange: what counts today, what was proposed, what a change does to a buyer's price."""

from __future__ import annotations

from datetime import date
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.views.decorators.http import require_POST, require_safe

from marketplace.console.access import desk, shell
from marketplace.currency import margins, rates
from marketplace.currency.margins import Wanted
from marketplace.currency.models import SpreadChange
from marketplace.currency.table import Tier
from marketplace.http import SignedInRequest
from marketplace.kit.refusal import Refusal

TIERS: Final = (
    (Tier.ALL.value, _l("everybody")),
    (Tier.BUSINESS.value, _l("businesses that buy")),
    (Tier.SELLER.value, _l("sellers, at their payout")),
)


def _wanted(given: QueryDict) -> Wanted | None:
    """Read the form; None when it was not filled in. An empty margin ends the rule."""
    if "points" not in given:
        return None
    text = given.get("points", "").strip()
    points = None if not text else (int(text) if text.isdecimal() and len(text) < 7 else margins.LARGEST)
    base, quote = (given.get(name, "").strip().upper()[:3] for name in ("base", "quote"))
    return Wanted(base, quote, given.get("tier", ""), points)


@desk("finance")
@require_safe
def page(request: SignedInRequest) -> HttpResponse:
    """Show today's margins, what was agreed or waits, and the effect of the margin in the form."""
    return _page(request, request.GET)


def _page(request: SignedInRequest, given: QueryDict, refusal: Refusal | None = None) -> HttpResponse:
    table, names = rates.current(), dict(TIERS)
    wanted, effects = _wanted(given), []
    if wanted is not None and refusal is None:
        try:
            effects = margins.effects(table, wanted)
        except Refusal as no:
            refusal = no
    changes = SpreadChange.objects.select_related("proposed_by", "decided_by")
    waiting = [
        (one, margins.effects(table, Wanted(*one.key, one.basis_points))[2::3], names.get(one.tier, one.tier))
        for one in changes.filter(state=SpreadChange.State.DRAFT)
    ]
    decided = Paginator(changes.exclude(state=SpreadChange.State.DRAFT), 25)
    return render(
        request,
        "console/margins.html",
        {
            **shell(request.user),
            "table": table,
            "today": timezone.now().date(),
            "rules": [(key, names.get(key[2], key[2]), bp) for key, bp in margins.in_force(table).items()],
            "given": given,
            "tiers": TIERS,
            "effects": effects,
            "wanted": wanted,
            "waiting": waiting,
            "page": decided.get_page(given.get("page")),
            "names": names,
            "refusal": refusal,
        },
        status=refusal.status if refusal else 200,
    )


@desk("finance")
@require_POST
def propose(request: SignedInRequest) -> HttpResponse:
    """Keep a margin until a second person agrees; a wrong one comes back with its words."""
    try:
        first = date.fromisoformat(request.POST.get("valid_from", ""))
    except ValueError:
        first = date.min
    wanted = _wanted(request.POST)
    if wanted is None:
        return _page(request, request.POST, margins.BadMargin(problem=_("Write the margin in basis points.")))
    try:
        margins.propose(
            wanted, valid_from=first, reason=request.POST.get("reason", ""), by=request.user,
            at=timezone.now(),
        )  # fmt: skip
    except margins.BadMargin as refusal:
        return _page(request, request.POST, refusal)
    messages.success(request, _("Kept. Somebody else of the finance desk must agree to it."))
    return redirect("console:margins")


@desk("finance")
@require_POST
def decide(request: SignedInRequest, number: str) -> HttpResponse:
    """Agree to a proposed margin, or put it aside."""
    get_object_or_404(SpreadChange, number=number)
    act = margins.reject if request.POST.get("step") == "reject" else margins.agree
    act(number=number, by=request.user, at=timezone.now())
    messages.success(request, _("Decided."))
    return redirect("console:margins")
