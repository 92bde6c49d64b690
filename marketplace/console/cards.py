"""Rate cards: read a file as a draft, see what it changes, edit and try it, put it to work, export it."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from logistics import cardwork, ratecards
from logistics.models import Mode, ServiceVersion
from logistics.rating.card import Rated
from logistics.rating.weight import BadMeasure, Box
from marketplace.console.access import desk, shell
from marketplace.http import SignedInRequest
from marketplace.kit.money import CURRENCIES

WHY: Final = {
    "expired_version": "The version does not count on this day.",
    "unknown_destination": "The card has no zone for this country.",
    "no_price": "The zone has no price for this.",
    "over_max_weight": "The card ends below this weight.",
    "weight": "The piece is too heavy.",
    "length": "The piece is too long.",
    "sum": "The three sides together are too long.",
    "length_plus_girth": "Length and girth together are too large.",
    "girth": "The girth is too large.",
    "size": "One side is too long.",
    "too_small": "The piece is too small.",
    "shipment_weight": "The shipment is too heavy.",
}


@desk("finance")
@require_safe
def cards(request: SignedInRequest) -> HttpResponse:
    """List services with their versions."""
    return _cards(request)


def _cards(request: SignedInRequest, status: int = 200, **more: Any) -> HttpResponse:
    rows = ServiceVersion.objects.select_related("service__carrier").order_by("service__code", "-number")
    context = {
        "page": Paginator(rows, 40).get_page(request.GET.get("page")),
        "modes": Mode.choices,
        "today": timezone.localdate(),
        **more,
    }
    return render(request, "console/cards.html", context | shell(request.user), status=status)


@desk("finance")
@require_POST
def upload(request: SignedInRequest) -> HttpResponse:
    """Read a file; with errors nothing is kept, without it becomes a draft to look at."""
    words = {
        name: request.POST.get(name, "").strip() for name in ("service", "carrier", "currency", "source")
    }
    prices, zones = request.FILES.get("prices"), request.FILES.get("zones")
    try:
        since = date.fromisoformat(request.POST.get("valid_from", ""))
    except ValueError:
        since = None
    currency = words["currency"].upper()
    if prices is None or since is None or not all(words.values()) or currency not in CURRENCIES:
        messages.error(request, _("Give service, carrier, currency, source, first day and a file."))
        return _cards(request, 400, given=words)
    sheet = cardwork.sheet_of(
        prices.read(cardwork.LARGEST + 1), prices.name or "",
        zones.read(cardwork.LARGEST + 1) if zones else b"", (zones.name or "") if zones else "",
        request.POST.get("card", "").strip(),
    )  # fmt: skip
    if sheet.errors or not sheet.prices:
        messages.error(request, _("The file has errors. Nothing was kept, and no price changed."))
        return _cards(request, 400, given=words, problems=sheet.problems[:200], file=prices.name)
    mode = request.POST.get("mode", "")
    version = ratecards.import_version(
        sheet, carrier=words["carrier"][:80], service_code=words["service"].upper()[:30],
        service_name=words["service"][:80], mode=mode if mode in Mode.values else Mode.POST,
        currency=currency, valid_from=since, source=words["source"][:300], draft=True,
    )  # fmt: skip
    for problem in sheet.problems[:20]:
        messages.warning(request, _("Row %(row)s: %(words)s") % {"row": problem.row, "words": problem.words})
    return redirect("console:card", version.pk)


def _version(pk: int) -> ServiceVersion:
    rows = ServiceVersion.objects.select_related("service__carrier")
    return get_object_or_404(rows, pk=pk)


@desk("finance")
@require_safe
def card(request: SignedInRequest, number: int) -> HttpResponse:
    """Show a version: what it changes against the one before, its prices, zones and rules; try it."""
    found = _version(number)
    before, changes = cardwork.against(found)
    zones = list(found.prices.order_by("zone").values_list("zone", flat=True).distinct())
    zone = request.GET.get("zone", zones[0] if zones else "")
    context = {
        "version": found,
        "draft": found.state == ServiceVersion.State.DRAFT,
        "before": before,
        "changes": changes,
        "changed": [(key, old, new, new - old) for key, old, new in changes.changed[:200]],
        "zones": zones,
        "zone": zone,
        "prices": found.prices.filter(zone=zone),
        "countries": found.zones.filter(zone=zone),
        "legs": found.legs.all()[:200],
        "rules": json.dumps(found.rules, indent=2, sort_keys=True),
        "tried": _tried(request, found),
        "given": request.GET,
    }
    return render(request, "console/card.html", context | shell(request.user))


def _tried(request: SignedInRequest, found: ServiceVersion) -> dict[str, Any] | None:
    """Rate what stands in the address, if something does."""
    if not request.GET.get("kg"):
        return None
    try:
        length, width, height = (Decimal(request.GET.get(side) or "10") for side in ("l", "w", "h"))
        box = Box(length, width, height, Decimal(request.GET["kg"])).checked()
        answer = cardwork.tried(
            found, box, country=request.GET.get("country", "").strip().upper(),
            postcode=request.GET.get("postcode", ""), on=timezone.localdate(),
        )  # fmt: skip
    except (InvalidOperation, BadMeasure, ValueError):
        return {"refused": _("Weight and sides are numbers above zero.")}
    if isinstance(answer, Rated):
        return {"rated": answer}
    return {"refused": _(WHY.get(answer.reason, "The card does not take this."))}


@desk("finance")
@require_POST
def price(request: SignedInRequest, number: int, row: int) -> HttpResponse:
    """Change one price of a draft."""
    found = get_object_or_404(_version(number).prices, pk=row)
    cardwork.set_price(version_id=number, row_id=found.pk, price=request.POST.get("price", ""))
    return redirect(f"/console/cards/{number}/?zone={found.zone}#h-p")


@desk("finance")
@require_POST
def rules(request: SignedInRequest, number: int) -> HttpResponse:
    """Change a draft's rules."""
    cardwork.set_rules(version_id=_version(number).pk, text=request.POST.get("rules", ""))
    messages.success(request, _("The rules are saved."))
    return redirect("console:card", number)


@desk("finance")
@require_POST
def decision(request: SignedInRequest, number: int) -> HttpResponse:
    """Put a draft to work, throw it away, or open a draft of a version."""
    found = _version(number)
    match request.POST.get("act"):
        case "use":
            cardwork.put_to_work(found.pk)
            messages.success(request, _("%(card)s counts from its first day on.") % {"card": found})
        case "throw":
            cardwork.throw_away(found.pk)
            messages.success(request, _("The draft is gone."))
            return redirect("console:cards")
        case "copy":
            copy = cardwork.copy_as_draft(found.pk, valid_from=timezone.localdate())
            return redirect("console:card", copy.pk)
        case _:
            messages.error(request, _("Choose what to do."))
    return redirect("console:card", number)


@desk("finance")
@require_safe
def export(request: SignedInRequest, number: int, kind: str) -> HttpResponse:  # noqa: ARG001
    """A version as CSV, in the form that the upload takes."""
    found = _version(number)
    prices, zones = ratecards.export(found)
    answer = HttpResponse(zones if kind == "zones" else prices, content_type="text/csv; charset=utf-8")
    name = f"{found.service.code}-{found.number}-{'zones' if kind == 'zones' else 'prices'}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
