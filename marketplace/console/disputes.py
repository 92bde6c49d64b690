"""The dispute desk: problems of buyers and chargebacks of banks in one queue, sorted by deadline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Page, Paginator
from django.db.models import Q
from django.http import HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from logistics.models import TrackingEvent
from marketplace.accounts.models import User
from marketplace.console.access import desk, shell
from marketplace.console.facts import told
from marketplace.documents.models import Document
from marketplace.events.models import Event
from marketplace.http import SignedInRequest
from marketplace.kit.money import Money
from orders import actions, timeline
from orders.actions.deciding import CARD_ONLY, REASONS, history
from orders.models import OPEN_DISPUTES, Dispute, DisputeState, Order
from orders.payments import actions as payments

EVENTS: Final = {
    "ProblemReported": ("package-x", gettext_lazy("The buyer reported a problem")),
    "DisputeListed": ("landmark", gettext_lazy("The buyer’s bank took the money back")),
    "DisputeOpened": ("landmark", gettext_lazy("The bank opened a dispute")),
    "DisputeTaken": ("eye", gettext_lazy("took the case")),
    "DisputeAnswered": ("send", gettext_lazy("A side wrote")),
    "DisputeWithdrawn": ("undo-2", gettext_lazy("The buyer withdrew the case")),
    "DisputeDecided": ("check", gettext_lazy("decided")),
    "DisputeClosed": ("landmark", gettext_lazy("The bank told its decision")),
    "DisputeEnded": ("landmark", gettext_lazy("The bank decided")),
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for; unknown words are left out."""

    state: str
    kind: str
    mine: bool
    decided: bool
    words: str

    @classmethod
    def read(cls, given: QueryDict) -> Asked:
        """Read filters from the address."""
        state, kind = given.get("state", ""), given.get("kind", "")
        return cls(
            state=state if state in OPEN_DISPUTES else "",
            kind=kind if kind in Dispute.Kind.values else "",
            mine=given.get("mine") == "1",
            decided=given.get("decided") == "1",
            words=given.get("q", "").strip()[:60].replace("\x00", ""),
        )


def page_of(asked: Asked, user: User, number: str | None) -> Page[Dispute]:
    """Take one page of the queue, the nearest deadline first."""
    found = Dispute.objects.visible_to(user)
    if asked.decided:
        found = found.exclude(state__in=OPEN_DISPUTES).order_by("-decided_at", "-pk")
    else:
        found = found.open().order_by("deadline", "pk")
        if asked.state:
            found = found.filter(state=asked.state)
    if asked.kind:
        found = found.filter(kind=asked.kind)
    if asked.mine:
        found = found.filter(owner=user)
    if asked.words:
        words = asked.words
        found = found.filter(
            Q(number__iexact=words)
            | Q(group__number__iexact=words)
            | Q(group__name__icontains=words)
            | Q(orders__number__iexact=words)
            | Q(orders__seller__name__icontains=words)
        ).distinct()
    return Paginator(found.with_case(), 50).get_page(number)


@never_cache
@desk("trust", "finance")
@require_safe
def disputes(request: SignedInRequest) -> HttpResponse:
    """Show the queue."""
    asked, now = Asked.read(request.GET), timezone.now()
    context = {
        "page": page_of(asked, request.user, request.GET.get("page")), "asked": asked, "now": now,
        "soon": now + timedelta(hours=12),
        "states": [(state.value, state.label) for state in OPEN_DISPUTES],
        "filtered": bool(asked.state or asked.kind or asked.mine or asked.decided or asked.words),
    }  # fmt: skip
    return render(request, "console/disputes.html", context | shell(request.user))


def _case(request: SignedInRequest, number: str) -> Dispute:
    found = Dispute.objects.visible_to(request.user).select_related("group__buyer", "owner", "decided_by")
    return get_object_or_404(found, number=number)


@never_cache
@desk("trust", "finance")
@require_safe
def dispute(request: SignedInRequest, number: str) -> HttpResponse:
    """Show one case: both stories, order, way, papers, money at stake, deadline and the decision form."""
    case, now = _case(request, number), timezone.now()
    queue = list(page_of(Asked.read(request.GET), request.user, None).object_list[:30])
    after = next((row.number for row in queue if row.pk != case.pk and row.deadline >= case.deadline), "")
    card = case.kind == Dispute.Kind.CARD
    context: dict[str, Any] = {
        "case": case, "now": now, "soon": now + timedelta(hours=12), "queue": queue, "after": after,
        "orders": [_order(order) for order in case.orders.select_related("seller")],
        "talk": case.messages.select_related("paper", "company"), "log": log(case),
        "verdicts": [
            (verdict.value, verdict.label, REASONS[verdict])
            for verdict in Dispute.Verdict
            if verdict in REASONS and (verdict in CARD_ONLY) == card
            and not (verdict == Dispute.Verdict.REPLACE and case.state == DisputeState.REPLACING)
        ],
        "reason_words": REASONS.get(case.verdict, {}).get(case.reason, ""),
        "late": now > case.answer_by,
    }  # fmt: skip
    return render(request, "console/dispute.html", context | shell(request.user))


def _order(order: Order) -> dict[str, Any]:
    """Collect what the case page shows about one order."""
    events = list(Event.objects.about(order.number))
    return {
        "row": order,
        "lines": list(order.lines.all()),
        "steps": timeline.timeline(events, order),
        "scans": TrackingEvent.objects.filter(parcel__shipment__order_number=order.number)
        .select_related("parcel")
        .order_by("-happened_at")[:12],
        "papers": Document.objects.about(order.number)[:20],
        "refunded": payments.refunded(order.number),
        "left": order.total - payments.refunded(order.number),
    }


def log(case: Dispute) -> list[dict[str, Any]]:
    """Tell the history, newest first, each entry with its seal."""
    entries = []
    for entry in reversed(history(case)):
        event, seal = entry["event"], entry["seal"]
        icon, words = told(event.name, EVENTS)
        facts = event.payload
        details = [facts.get("side"), facts.get("verdict"), facts.get("refund"), facts.get("words")]
        entries.append(
            {
                "at": event.happened_at, "icon": icon, "who": facts.get("by", ""), "words": words,
                "details": ", ".join(str(one) for one in details if one)[:200],
                "seal": f"{seal[:4]}…{seal[-2:]}",
            }
        )  # fmt: skip
    return entries


@desk("trust", "finance")
@require_POST
def ownership(request: SignedInRequest, number: str) -> HttpResponse:
    """Take the case."""
    return redirect(actions.take(dispute_number=_case(request, number).number, by=request.user))


@desk("trust", "finance")
@require_POST
def message(request: SignedInRequest, number: str) -> HttpResponse:
    """Write to both sides without deciding."""
    case = _case(request, number)
    actions.say(
        dispute_number=case.number, side="sampan", author=str(request.user), company=None,
        words=request.POST.get("words", ""), upload=None, at=timezone.now(),
    )  # fmt: skip
    messages.success(request, _("Both sides can read it now."))
    return redirect(case)


@desk("trust", "finance")
@require_POST
def decision(request: SignedInRequest, number: str) -> HttpResponse:
    """Decide the case."""
    case, given = _case(request, number), request.POST
    verdict, version = given.get("verdict", ""), given.get("version", "")
    case = actions.decide(
        dispute_number=case.number,
        by=request.user,
        version=int(version) if version.isdigit() and len(version) < 9 else 0,
        verdict=verdict,
        reason=given.get(f"reason_{verdict}", ""),
        message=given.get("message", "")[:2000],
        note=given.get("note", "")[:2000],
        amount=_amount(given.get("amount", ""), case.currency),
        pieces=_pieces(given),
        at=timezone.now(),
    )
    words = _("%(case)s: %(state)s.") % {"case": case.number, "state": case.get_state_display()}
    messages.success(request, words)
    return redirect(case)


def _amount(text: str, currency: str) -> Money | None:
    """Read an amount in major units; what is no number is no amount."""
    try:
        amount = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        return None
    return Money(amount, currency) if amount.is_finite() and abs(amount) < 10**12 else None


def _pieces(given: QueryDict) -> dict[int, int]:
    """Read how many pieces of each line; a count that is no number refuses itself as minus one."""
    found: dict[int, int] = {}
    for name, value in given.items():
        line = name.removeprefix("pieces_")
        text = str(value).strip()
        if name != line and line.isdigit() and len(line) < 18 and text not in {"", "0"}:
            found[int(line)] = int(text) if text.isdigit() and len(text) < 7 else -1
    return found
