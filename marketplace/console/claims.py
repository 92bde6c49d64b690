"""Insurance claims: the queue, one case, and every step of it."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from logistics.insurance import actions
from logistics.insurance.models import Claim, ClaimState
from marketplace.console.access import desk, shell
from marketplace.http import SignedInRequest
from marketplace.kit.money import Money
from orders.payments import actions as payments

DECIDABLE = frozenset({ClaimState.SUBMITTED, ClaimState.ASKED, ClaimState.REVIEW, ClaimState.SURVEY})


@desk("finance", "trust")
@require_GET
def claims(request: SignedInRequest) -> HttpResponse:
    """List claims that wait for us, or those of one state."""
    state = request.GET.get("state", "")
    rows = Claim.objects.select_related("policy", "claimant")
    rows = rows.filter(state=state) if state in ClaimState.values else rows.waiting()
    page = Paginator(rows, 30).get_page(request.GET.get("page"))
    context = {"page": page, "state": state, "states": ClaimState.choices, "now": timezone.now()}
    return render(request, "console/claims.html", context | shell(request.user))


@desk("finance", "trust")
@require_GET
def claim(request: SignedInRequest, number: str) -> HttpResponse:
    """Show one case with its evidence and what can be done now."""
    found = get_object_or_404(Claim.objects.select_related("policy", "claimant"), number=number)
    context = {
        "claim": found,
        "policy": found.policy,
        "can_decide": found.state in DECIDABLE,
        "can_ask": found.state in {ClaimState.SUBMITTED, ClaimState.REVIEW},
    }
    return render(request, "console/claim.html", context | shell(request.user))


@desk("finance", "trust")
@require_POST
def claim_step(request: SignedInRequest, number: str) -> HttpResponse:
    """Take one step of a case: ask, survey, accept, reject, pay by bank, or book a recovery."""
    found = get_object_or_404(Claim.objects.select_related("policy"), number=number)
    step, note, now = request.POST.get("step", ""), request.POST.get("note", ""), timezone.now()
    if step == "ask":
        actions.ask_papers(number, words=note, by=request.user, at=now)
    elif step == "survey":
        actions.send_surveyor(number, surveyor=note, by=request.user, at=now)
    elif step == "bank":
        _pay_by_bank(found, note)
    elif step == "recover":
        actions.record_recovery(number, amount=_amount(request, found), reference=note, at=now)
    elif step in {"accept", "reject"}:
        actions.decide_claim(
            number,
            accept=step == "accept",
            by=request.user,
            note=note,
            proven=_amount(request, found) if step == "accept" else None,
            survey_note=request.POST.get("survey_note", "")[:4000],
            at=now,
        )
    messages.success(request, _("Claim %(number)s is up to date.") % {"number": number})
    return redirect("console:claim", number=number)


def _amount(request: SignedInRequest, found: Claim) -> Money:
    try:
        return Money(Decimal(request.POST.get("proven", "").replace(",", ".")), found.currency).rounded()
    except InvalidOperation as unreadable:
        raise actions.LossUnclear(most=Money(found.claimed_amount, found.currency)) from unreadable


def _pay_by_bank(found: Claim, reference: str) -> None:
    if not reference.strip():
        raise actions.NoteMissing
    if found.state == ClaimState.APPROVED and found.payout_amount is not None:
        now = timezone.now()
        payments.pay_buyer(
            order_number=found.policy.order_number,
            claim=found.number,
            amount=Money(found.payout_amount, found.currency),
            bank_reference=reference,
            at=now,
        )
        actions.mark_claim_paid(found.number, at=now)
