"""The operator's board of what moves, and the queue of carriers' messages that we could not read."""

from __future__ import annotations

import csv
import re
from typing import Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Max
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from logistics import actions, board
from logistics.models import CarrierMessage, CodeMeaning, Shipment, Status, TrackingEvent
from marketplace.console.access import desk, shell
from marketplace.http import SignedInRequest

LANE: Final = re.compile(r"[A-Z]{2}-[A-Z]{2}")
READABLE: Final = [row for row in Status.choices if row[0] not in {Status.UNKNOWN, Status.DELIVERED}]


def _filters(request: SignedInRequest) -> tuple[int, str]:
    days = request.GET.get("days", "")
    spans = {str(span): span for span, _words in board.SPANS}
    lane = request.GET.get("lane", "").strip().upper()
    return spans.get(days, 90), lane if LANE.fullmatch(lane) else ""


@desk("finance", "trust")
@require_safe
def moving(request: SignedInRequest) -> HttpResponse:
    """Show the board: each chart with its table; days and lane stand in the address."""
    at = timezone.now()
    days, lane = _filters(request)
    found = board.shipments(at, days=days, lane=lane)
    lanes = {board.lane_of(one) for one in (found if not lane else board.shipments(at, days=days))}
    silent = Shipment.objects.exclude(silence_told_at=None).filter(state__in=board.MOVING)
    context = {
        "charts": [make(found, at) for make in board.CHARTS.values()],
        "days": days,
        "lane": lane,
        "lanes": sorted(lanes),
        "spans": board.SPANS,
        "count": len(found),
        "silent": silent.order_by("silence_told_at")[:20],
        "fell_back": [one for one in found if one.fell_back][:20],
        "unread": len(_unknown()),
    }
    return render(request, "console/moving.html", context | shell(request.user))


@desk("finance", "trust")
@require_safe
def moving_csv(request: SignedInRequest, chart: str) -> HttpResponse:
    """One chart's table as CSV, with the same filters."""
    if (make := board.CHARTS.get(chart)) is None:
        raise Http404
    at = timezone.now()
    days, lane = _filters(request)
    made = make(board.shipments(at, days=days, lane=lane), at)
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{chart}.csv"'
    writer = csv.writer(answer)
    writer.writerow(made.heads)
    writer.writerows([row.name, *row.cells] for row in made.rows)
    return answer


def _unknown() -> list[tuple[str, str]]:
    """Return the codes (carrier, code) that nobody has explained yet."""
    rows = TrackingEvent.objects.filter(status=Status.UNKNOWN).values_list("carrier", "code")
    return sorted(set(rows) - set(CodeMeaning.objects.values_list("carrier", "code")))


@desk("finance", "trust")
@require_safe
def carrier_codes(request: SignedInRequest) -> HttpResponse:
    """List codes nobody has explained, with what was seen, and messages about unknown parcels."""
    waiting = []
    for carrier, code in _unknown():
        seen = TrackingEvent.objects.filter(status=Status.UNKNOWN, carrier=carrier, code=code)
        facts = seen.aggregate(last=Max("received_at"), times=Count("pk"))
        sample = seen.select_related("parcel").first()
        waiting.append({"carrier": carrier, "code": code, **facts, "sample": sample})
    trouble = CarrierMessage.objects.exclude(trouble="").order_by("-pk")
    context = {
        "waiting": waiting,
        "known": CodeMeaning.objects.select_related("decided_by"),
        "statuses": READABLE,
        "page": Paginator(trouble, 25).get_page(request.GET.get("page")),
    }
    return render(request, "console/carrier_codes.html", context | shell(request.user))


@desk("finance", "trust")
@require_POST
def explain(request: SignedInRequest) -> HttpResponse:
    """Say what a code means."""
    words = {name: request.POST.get(name, "")[:30] for name in ("carrier", "code", "status")}
    if not TrackingEvent.objects.filter(carrier=words["carrier"], code=words["code"]).exists():
        raise Http404
    actions.explain_code(**words, by=request.user, at=timezone.now())
    messages.success(request, _("%(code)s is explained. Waiting parcels were read again.") % words)
    return redirect("console:carrier_codes")
