"""Customs codes that makers ask a person for."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from customs import actions
from customs.codes import search
from customs.models import CodeQuestion
from marketplace.console.access import desk, shell
from marketplace.http import SignedInRequest


@never_cache
@desk("customs")
@require_safe
def codes(request: SignedInRequest) -> HttpResponse:
    """List open questions, oldest first, each with what the search finds now."""
    state = request.GET.get("state", "open")
    rows = CodeQuestion.objects.visible_to(request.user).select_related("company", "answered_by")
    rows = rows.open() if state == "open" else rows.exclude(answered_at=None).order_by("-answered_at")
    page = Paginator(rows, 10).get_page(request.GET.get("page"))
    cases = [(row, search.suggest(row.query).codes if state == "open" else ()) for row in page]
    context = {"page": page, "cases": cases, "state": state}
    return render(request, "console/codes.html", context | shell(request.user))


@desk("customs")
@require_POST
def code_answer(request: SignedInRequest, question: int) -> HttpResponse:
    """Propose a code to the maker."""
    get_object_or_404(CodeQuestion.objects.visible_to(request.user), pk=question)
    actions.answer_question(
        question_id=question,
        code=request.POST.get("code", "").replace(".", "").strip(),
        reason=request.POST.get("reason", "")[:600],
        by=request.user,
        at=timezone.now(),
    )
    return redirect("console:codes")
