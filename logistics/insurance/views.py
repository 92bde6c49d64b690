"""The claimant's pages: report a loss, follow it, add papers."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from logistics.insurance import actions
from logistics.insurance.forms import ClaimForm
from logistics.insurance.models import CLAIM, Claim, ClaimState, Policy
from marketplace.documents.uploads import FileRefused, Upload, checked
from marketplace.http import SignedInRequest
from marketplace.kit.money import Money

MOST_FILES = 10
OPEN = frozenset({ClaimState.SUBMITTED, ClaimState.ASKED, ClaimState.REVIEW, ClaimState.SURVEY})


def uploads(request: SignedInRequest, name: str = "files") -> list[Upload]:
    """Check each file of the form; a bad one refuses them all with its own sentence."""
    files = request.FILES.getlist(name)[:MOST_FILES]
    return [checked(file.name or "photo.jpg", file.read()) for file in files]


@login_required
@require_http_methods(["GET", "POST"])
def report(request: SignedInRequest, number: str) -> HttpResponse:
    """Report a loss of a covered order or transfer; its terms stand beside the form."""
    policy = get_object_or_404(Policy.objects.visible_to(request.user), order_number=number)
    if known := policy.claims.order_by("-pk").first():
        return redirect("insurance:claim", number=known.number)
    form = ClaimForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = actions.claim(
                number,
                cause=form.cleaned_data["cause"],
                claimed=Money(form.cleaned_data["claimed"], policy.currency),
                uploads=uploads(request),
                words=form.cleaned_data["words"],
                claimant=request.user.company,
                at=timezone.now(),
            )
        except (actions.EvidenceMissing, FileRefused, actions.LossUnclear) as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("We have your report. We answer within 48 hours."))
            return redirect("insurance:claim", number=made.number)
    page = {"policy": policy, "form": form, "begun": policy.begins_at is not None}
    return render(request, "insurance/report.html", page, status=422 if form.errors else 200)


@login_required
@require_GET
def claim(request: SignedInRequest, number: str) -> HttpResponse:
    """Show where a claim stands, what we ask for, and what is paid."""
    rows = Claim.objects.visible_to(request.user).select_related("policy")
    found = get_object_or_404(rows, number=number)
    page: dict[str, Any] = {
        "claim": found,
        "policy": found.policy,
        "open": found.state in OPEN,
        "steps": steps(found),
        "final": found.state in CLAIM.final(),
    }
    return render(request, "insurance/claim.html", page)


def steps(found: Claim) -> list[tuple[str, str]]:
    """Name the steps of a claim with done, now or to come."""
    road = [ClaimState.SUBMITTED, ClaimState.REVIEW, ClaimState.APPROVED, ClaimState.PAID]
    place = {
        ClaimState.SUBMITTED: 0, ClaimState.ASKED: 1, ClaimState.REVIEW: 1, ClaimState.SURVEY: 1,
        ClaimState.APPROVED: 2, ClaimState.REJECTED: 2, ClaimState.PAID: 4, ClaimState.CLOSED: 4,
    }[ClaimState(found.state)]  # fmt: skip
    if found.state == ClaimState.REJECTED:
        road = [ClaimState.SUBMITTED, ClaimState.REVIEW, ClaimState.REJECTED]
    states = ["done" if n < place else "now" if n == place else "todo" for n in range(len(road))]
    return [(state, str(step.label)) for state, step in zip(states, road, strict=True)]


@login_required
@require_POST
def evidence(request: SignedInRequest, number: str) -> HttpResponse:
    """Add photos or papers to a claim."""
    found = get_object_or_404(Claim.objects.visible_to(request.user), number=number)
    actions.add_evidence(found.number, uploads=uploads(request), at=timezone.now())
    messages.success(request, _("Thank you, we have the papers."))
    return redirect("insurance:claim", number=number)
