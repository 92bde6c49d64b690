"""Where our books and the statements of others differ: look, filter, export, explain, correct by two."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from marketplace.console.access import desk, shell
from marketplace.console.money import account_words
from marketplace.console.tariffs import as_csv
from marketplace.http import SignedInRequest
from marketplace.kit.money import Money
from orders.payments import actions
from orders.payments.actions import correcting
from orders.payments.models import Correction, Mismatch

LARGEST = 10_000_000
SIDES = [("provider", _l("Payment service")), ("bank", _l("Our bank"))]


def _found(request: SignedInRequest) -> QuerySet[Mismatch]:
    """Find differences by the words of the address; without a state those that are open."""
    asked = request.GET
    found = Mismatch.objects.order_by("-found_at", "-pk")
    state = asked.get("state", "")
    if state in Mismatch.State.values:
        found = found.filter(state=state)
    elif state != "all":
        found = found.filter(state=Mismatch.State.OPEN)
    if asked.get("side") in dict(SIDES):
        found = found.filter(side=asked["side"])
    if asked.get("kind") in Mismatch.Kind.values:
        found = found.filter(kind=asked["kind"])
    if text := asked.get("q", "").replace("\x00", "").strip()[:60]:
        found = found.filter(Q(reference__icontains=text) | Q(words__icontains=text))
    return found


def _corrections() -> Prefetch[str, QuerySet[Correction], str]:
    return Prefetch("corrections", Correction.objects.select_related("proposed_by", "decided_by"))


def _last(row: Mismatch) -> Correction | None:
    """Give the newest correction that was proposed for a difference."""
    return next(iter(row.corrections.all()), None)


def _journal(row: Mismatch) -> list[tuple[str, str, Money]]:
    """Give the lines that a correction would book: the account's code, its words, the amount."""
    if row.state != Mismatch.State.OPEN:
        return []
    return [(e.account, account_words(e.account), e.money) for e in correcting.entries_of(row)]


@desk("finance")
@require_GET
def differences(request: SignedInRequest) -> HttpResponse:
    """Show the differences, those without a reason first."""
    page = Paginator(_found(request).prefetch_related(_corrections()), 25).get_page(request.GET.get("page"))
    sides = dict(SIDES)
    counts = dict(
        Mismatch.objects.filter(state=Mismatch.State.OPEN)
        .values_list("side")
        .annotate(n=Count("pk"))
        .order_by("side")
    )
    given = {name: request.GET.get(name, "")[:60] for name in ("q", "side", "kind", "state")}
    asked = request.GET.copy()
    asked.pop("page", None)
    waiting = Correction.objects.filter(state=Correction.State.PROPOSED)
    waiting = waiting.select_related("case", "proposed_by").order_by("pk")
    context = {
        "page": page,
        "rows": [(row, sides.get(row.side, row.side), _journal(row), _last(row)) for row in page],
        "waiting": [(one, sides.get(one.case.side, ""), _journal(one.case)) for one in waiting[:50]],
        "open": [(words, counts.get(side, 0)) for side, words in SIDES],
        "sides": SIDES,
        "kinds": Mismatch.Kind.choices,
        "states": Mismatch.State.choices,
        "given": given,
        "narrowed": any(given.values()),
        "asked": asked.urlencode(),
    }
    return render(request, "console/differences.html", context | shell(request.user))


@desk("finance")
@require_GET
def differences_csv(request: SignedInRequest) -> StreamingHttpResponse:
    """Give the same list as a table."""

    def lines() -> Iterator[list[str]]:
        yield [
            "side", "kind", "reference", "ours", "theirs", "state", "found", "closed", "reason",
            "correction", "proposed by", "decided by",
        ]  # fmt: skip
        for row in _found(request).prefetch_related(_corrections()).iterator(500):
            last = _last(row)
            people = [last.state, str(last.proposed_by), str(last.decided_by or "")] if last else [""] * 3
            closed = f"{row.closed_at:%Y-%m-%d %H:%M}" if row.closed_at else ""
            yield [
                row.side, row.kind, row.reference, row.ours, row.theirs, row.state,
                f"{row.found_at:%Y-%m-%d %H:%M}", closed, row.words, *people,
            ]  # fmt: skip

    answer = StreamingHttpResponse(as_csv(lines()), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="differences.csv"'
    return answer


@desk("finance")
@require_POST
def read_statement(request: SignedInRequest) -> HttpResponse:
    """Compare a statement with the payouts by our bank; a file with a mistake changes nothing."""
    file = request.FILES.get("statement")
    if file is None or (file.size or 0) > LARGEST:
        messages.error(request, _("Choose the bank's statement: a camt.053 file of at most 10 MB."))
        return redirect("console:differences")
    cases = actions.reconcile_bank(file.read(), at=timezone.now())
    words = ngettext("%(n)s difference was found.", "%(n)s differences were found.", len(cases))
    messages.success(request, words % {"n": len(cases)} if cases else _("The statement fits our books."))
    return redirect("console:differences")


@desk("finance")
@require_POST
def propose(request: SignedInRequest, case: int) -> HttpResponse:
    """Propose a journal that corrects our books after one difference."""
    get_object_or_404(Mismatch, pk=case)
    words = request.POST.get("words", "").replace("\x00", "")
    actions.propose_correction(case_id=case, words=words, by=request.user, at=timezone.now())
    messages.success(request, _("Kept. Somebody else of the finance desk must agree to it."))
    return redirect("console:differences")


@desk("finance")
@require_POST
def decide(request: SignedInRequest, correction: int) -> HttpResponse:
    """Agree to a proposed correction as the second person, or put it aside with a reason."""
    get_object_or_404(Correction, pk=correction)
    words = request.POST.get("words", "").replace("\x00", "")
    found = actions.decide_correction(
        correction_id=correction, agree=request.POST.get("step") == "agree", by=request.user,
        at=timezone.now(), words=words,
    )  # fmt: skip
    given = {"reference": found.case.reference}
    if found.state == Correction.State.ENDED:
        words = _("%(reference)s changed since this was proposed, so nothing was booked. Look at it again.")
        messages.error(request, words % given)
    elif found.state == Correction.State.AGREED:
        messages.success(request, _("Corrected in our books: %(reference)s") % given)
    else:
        messages.success(request, _("Put aside. The difference stays open: %(reference)s") % given)
    return redirect("console:differences")


@desk("finance")
@require_POST
def explain(request: SignedInRequest, case: int) -> HttpResponse:
    """Close one difference with a reason."""
    get_object_or_404(Mismatch, pk=case)
    words = request.POST.get("words", "").replace("\x00", "")
    found = actions.explain_mismatch(case_id=case, words=words, by=request.user, at=timezone.now())
    messages.success(request, _("Closed with your reason: %(reference)s") % {"reference": found.reference})
    return redirect("console:differences")
