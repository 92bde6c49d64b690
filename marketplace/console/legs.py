"""Calendars of ways: which day a way departs, until when goods are taken, how much it carries, days off."""

from __future__ import annotations

from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from logistics import calendars
from logistics.models import Leg, LegCalendar
from logistics.workdays import WEEK
from marketplace.console.access import desk, shell
from marketplace.http import SignedInRequest

DAYS: Final = dict(
    zip(
        WEEK,
        [
            gettext_lazy(d)
            for d in ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
        ],
        strict=True,
    )
)


@desk("finance")
@require_safe
def legs(request: SignedInRequest) -> HttpResponse:
    """List the ways in force, some by a part of their ends."""
    words = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    page = Paginator(calendars.legs_in_force(timezone.localdate(), words), 40)
    context = {"page": page.get_page(request.GET.get("page")), "q": words}
    return render(request, "console/legs.html", context | shell(request.user))


@desk("finance")
@require_http_methods(["GET", "HEAD", "POST"])
def leg(request: SignedInRequest, number: int) -> HttpResponse:
    """Show a way with its calendars, and take a new one."""
    found = get_object_or_404(Leg.objects.select_related("version__service"), pk=number)
    given = request.POST
    if request.method == "POST":
        typed = calendars.Typed(
            given.get("valid_from", ""), given.getlist("day"), given.get("cut_off", ""),
            given.get("kg", "")[:20], given.get("cbm", "")[:20], given.get("closed", "")[:2000].split(),
        )  # fmt: skip
        try:
            made = calendars.add(
                leg=found, typed=typed, by=request.user, today=timezone.localdate(), at=timezone.now()
            )
        except calendars.BadCalendar as refusal:
            return _leg(request, found, 422, problem=str(refusal), given=given, ticked=typed.days)
        messages.success(request, _("The calendar counts from %(day)s on.") % {"day": made.valid_from})
        return redirect("console:leg", number)
    return _leg(request, found, ticked=found.departs_on.split(","))


def _leg(request: SignedInRequest, found: Leg, status: int = 200, **more: Any) -> HttpResponse:
    today = timezone.localdate()
    rows = calendars.of(found)
    context = {
        "leg": found,
        "calendars": rows,
        "now": next((row for row in rows if row.valid_from <= today), None),
        "today": today,
        "days": DAYS.items(),
        **more,
    }
    return render(request, "console/leg.html", context | shell(request.user), status=status)


@desk("finance")
@require_POST
def leg_calendar(request: SignedInRequest, number: int, row: int) -> HttpResponse:
    """Take a calendar back that does not count yet."""
    found = get_object_or_404(Leg.objects.select_related("version"), pk=number)
    rows = LegCalendar.objects.filter(
        service=found.version.service_id, start=found.start, end=found.end, mode=found.mode
    )
    calendars.take_back(calendar_id=get_object_or_404(rows, pk=row).pk, today=timezone.localdate())
    messages.success(request, _("The calendar is gone."))
    return redirect("console:leg", number)
