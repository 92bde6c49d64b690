"""Held parcels: the queue, the case, the decision."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse, HttpResponseBadRequest, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from customs import actions
from customs.actions import PaperAsked
from customs.documents import TITLES
from customs.models import OPEN_HOLDS, Hold, PaperVersion
from marketplace.console import casefile, casework, queue
from marketplace.console.access import desk, shell
from marketplace.console.models import SavedView
from marketplace.http import SignedInRequest


@never_cache
@desk("customs")
@require_safe
def holds(request: SignedInRequest) -> HttpResponse:
    """Show the queue of held parcels."""
    asked, now = queue.Asked.read(request.GET), timezone.now()
    page = queue.page(asked, request.user, now, request.GET.get("page"))
    context = {
        "page": page,
        "asked": asked,
        "now": now,
        "soon": now + timedelta(hours=6),
        "views": SavedView.objects.visible_to(request.user),
        "filtered": any(request.GET.get(name) for name in queue.FILTERS),
        "states": [(state.value, state.label) for state in OPEN_HOLDS],
    }
    return render(request, "console/holds.html", context | shell(request.user))


@desk("customs")
@require_safe
def holds_csv(request: SignedInRequest) -> StreamingHttpResponse:
    """Give the queue as a spreadsheet."""
    lines = queue.as_csv(queue.Asked.read(request.GET), request.user, timezone.now())
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="holds.csv"'
    return response


@desk("customs")
@require_POST
def saved_views(request: SignedInRequest) -> HttpResponse:
    """Keep the queue's filter under a name, or forget one."""
    name, query = request.POST.get("name", "").strip()[:40], request.POST.get("query", "")[:300]
    if forget := request.POST.get("forget"):
        SavedView.objects.visible_to(request.user).filter(pk=forget if forget.isdigit() else 0).delete()
        return redirect("console:holds")
    if not name:
        return HttpResponseBadRequest(_("Write a name for this view."))
    SavedView.objects.update_or_create(user=request.user, name=name, defaults={"query": query.lstrip("?")})
    return redirect(f"/console/holds/?{query.lstrip('?')}")


def _case(request: SignedInRequest, number: str) -> Hold:
    cases = Hold.objects.visible_to(request.user).select_related(
        "declaration__seller", "declaration__buyer", "owner"
    )
    return get_object_or_404(cases, number=number)


@never_cache
@desk("customs")
@require_safe
def hold(request: SignedInRequest, number: str) -> HttpResponse:
    """Show one case with its evidence, history and the decision form."""
    return _page(request, _case(request, number))


def _page(request: SignedInRequest, case: Hold, **more: Any) -> HttpResponse:
    asked, now = queue.Asked.read(request.GET), timezone.now()
    before, after = queue.neighbours(case, asked, request.user, now)
    kind = casework.letter_kind(case, request.GET.get("letter", ""))
    decisions = list(case.decisions.select_related("by", "second"))
    recommended = next((one for one in decisions if one.state == "RECOMMENDED"), None)
    context: dict[str, Any] = {
        "hold": case,
        "declaration": case.declaration,
        "lines": list(case.declaration.lines.all()),
        "findings": casework.findings(case),
        "passed": [check for check in case.declaration.checks if check["result"] == "passed"],
        "papers": case.papers.prefetch_related("versions"),
        "ask": casework.papers_to_ask(case),
        "letters": casework.drafts(case, kind, now),
        "letter_kinds": casework.LETTERS,
        "letter": kind,
        "proof": actions.verify(case),
        "forms": TITLES,
        "reasons": casework.reasons(),
        "log": casework.log(case),
        "stages": casework.stages(case),
        "decisions": decisions,
        "recommended": recommended,
        "may_agree": recommended is not None and recommended.by_id != request.user.pk,
        "queue": queue.page(asked, request.user, now, None).object_list[:30],
        "before": before,
        "after": after,
        "now": now,
        "soon": now + timedelta(hours=6),
    }
    return render(request, "console/hold.html", context | more | shell(request.user))


def _version(request: SignedInRequest) -> int:
    text = request.POST.get("version", "")
    return int(text) if text.isdigit() and len(text) < 9 else 0


@desk("customs")
@require_POST
def ownership(request: SignedInRequest, number: str) -> HttpResponse:
    """Take the case."""
    return redirect(actions.take(hold_number=_case(request, number).number, by=request.user))


@desk("customs")
@require_POST
def decision(request: SignedInRequest, number: str) -> HttpResponse:
    """Decide a case, or recommend a decision where two people are needed."""
    case, kind, now = _case(request, number), request.POST.get("decision", ""), timezone.now()
    common: dict[str, Any] = {
        "hold_number": case.number,
        "by": request.user,
        "version": _version(request),
        "reason": request.POST.get(f"reason_{kind}", ""),
        "note": request.POST.get("note", "")[:2000],
        "at": now,
    }
    if kind == "release":
        case = actions.release(**common)
    elif kind == "correct":
        case = actions.release_with_corrections(**common, corrections=_corrections(request))
    elif kind == "reject":
        case = actions.reject(**common, message=request.POST.get("message", "")[:2000])
    elif kind == "papers":
        case = actions.ask_for_papers(
            **common,
            papers=_papers(request),
            message=request.POST.get("message", "")[:2000],
            messages={
                party: request.POST.get(f"message_{party}", "")[:2000] for party in ("seller", "buyer")
            },
            wanted_by=now + casework.ANSWER_WITHIN,
        )
    else:
        return HttpResponseBadRequest(_("Choose a decision."))
    words = _("%(hold)s: %(state)s.") % {"hold": case.number, "state": case.get_state_display()}
    messages.success(request, words)
    following = request.POST.get("next", "")
    if request.POST.get("then") == "next" and following.startswith("HLD-"):
        return redirect("console:hold", number=following)
    return redirect(case)


def _corrections(request: SignedInRequest) -> list[dict[str, str]]:
    lines: dict[str, dict[str, str]] = {}
    for key, value in request.POST.items():
        head, _dot, name = key.partition(".")
        position = head.removeprefix("line")
        if head.startswith("line") and position.isdigit() and name:
            lines.setdefault(position, {"line": position})[name] = str(value)
    return list(lines.values())


def _papers(request: SignedInRequest) -> list[PaperAsked]:
    asked = []
    for text in request.POST.getlist("paper"):
        party, _bar, rest = text.partition("|")
        code, _bar, label = rest.partition("|")
        if party in {"seller", "buyer"} and code and label:
            asked.append(PaperAsked(code=code[:40], label=label[:200], party=party))
    if extra := request.POST.get("paper_other", "").strip():
        party = "buyer" if request.POST.get("paper_other_party") == "buyer" else "seller"
        code = "-".join(extra.lower().split())[:40]
        asked.append(PaperAsked(code=code, label=extra[:200], party=party))
    return asked


@desk("customs")
@require_POST
def agreement(request: SignedInRequest, number: str) -> HttpResponse:
    """Agree or do not agree as the second person."""
    case, note = _case(request, number), request.POST.get("note", "")[:2000]
    common: dict[str, Any] = {
        "hold_number": case.number,
        "by": request.user,
        "version": _version(request),
        "at": timezone.now(),
        "note": note,
    }
    case = actions.disagree(**common) if request.POST.get("answer") == "no" else actions.agree(**common)
    messages.success(
        request, _("%(hold)s: %(state)s.") % {"hold": case.number, "state": case.get_state_display()}
    )
    return redirect(case)


@desk("customs")
@require_safe
def case_file(request: SignedInRequest, number: str) -> HttpResponse:
    """Give the whole case as one ZIP file with evidence and history."""
    case = _case(request, number)
    response = HttpResponse(casefile.as_zip(case), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{casefile.filename(case, timezone.now())}"'
    return response


@desk("customs")
@require_safe
def paper(request: SignedInRequest, number: str, version: int) -> FileResponse | HttpResponse:
    """Give an uploaded paper as it came."""
    kept = get_object_or_404(PaperVersion, pk=version, paper__hold=_case(request, number))
    response = HttpResponse(bytes(kept.content), content_type=kept.media_type)
    response["Content-Disposition"] = f'attachment; filename="{kept.filename}"'
    return response
