"""The customs desk's tariff data: versions, what a coming one changes, two signatures, files, freshness."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Max, Min
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from catalog.models import Variant
from customs import tasks
from customs.models import (
    ROW_KINDS,
    Commodity,
    FileState,
    Freshness,
    Measure,
    RowKind,
    SignatureAct,
    TariffFile,
    TariffVersion,
    VersionState,
)
from customs.tariffs import files, readers, versions
from marketplace.console.access import desk, shell
from marketplace.http import SignedInRequest
from marketplace.kit.money import Money
from orders import tariff_effect

ACTS: Final = {
    "recommend": versions.recommend,
    "send_back": versions.send_back,
    "ask_back": versions.ask_back,
    "take_back": versions.take_back,
}
SHOWS: Final = ("changed", "added", "gone")


@desk("customs")
@require_safe
def tariffs(request: SignedInRequest) -> HttpResponse:
    """List versions and files, and say how old each source is."""
    found = (
        TariffVersion.objects.annotate(rows=Count("measures"))
        .order_by("-pk")
        .select_related("proposed_by", "activated_by")
    )
    return render(
        request,
        "console/tariffs.html",
        {
            **shell(request.user),
            "page": Paginator(found, 25).get_page(request.GET.get("page")),
            "files": TariffFile.objects.select_related("version", "uploaded_by")[:10],
            "formats": readers.LABELS,
            "ages": list(_ages(timezone.now().date())),
        },
    )


def _ages(today: date) -> Iterator[dict[str, Any]]:
    """The oldest reading of each kind of row of each destination, against its limit."""
    limits = {(row.destination, row.kind): row.days for row in Freshness.objects.all()}
    rows = (
        Measure.objects.filter(version__state=VersionState.ACTIVE, retrieved_on__isnull=False)
        .values("destination", "kind")
        .annotate(oldest=Min("retrieved_on"), newest=Max("retrieved_on"), rows=Count("pk"))
    )
    groups: dict[tuple[str, str], dict[str, Any]] = {}
    for row in rows.order_by("destination", "kind"):
        key = (row["destination"], ROW_KINDS[row["kind"]].value)
        group = groups.setdefault(key, {"oldest": row["oldest"], "rows": 0})
        group["oldest"] = min(group["oldest"], row["oldest"])
        group["rows"] += row["rows"]
    for (destination, kind), group in groups.items():
        limit = limits.get((destination, kind), limits.get(("", kind)))
        age = (today - group["oldest"]).days
        yield {
            "destination": destination, "kind": RowKind(kind).label, "rows": group["rows"],
            "oldest": group["oldest"], "age": age, "limit": limit,
            "over": limit is not None and age > limit,
            "near": limit is not None and limit * 4 <= age * 5 and age <= limit,
        }  # fmt: skip


@desk("customs")
@require_POST
def upload(request: SignedInRequest) -> HttpResponse:
    """Keep a tariff file and let a worker read it."""
    given = request.FILES.get("file")
    try:
        day = request.POST.get("starts_on", "").strip()
        starts_on = date.fromisoformat(day) if day else None
    except ValueError:
        messages.error(request, _("Write the legal day as year, month and day."))
        return redirect("console:tariffs")
    if given is None:
        messages.error(request, _("Choose a file."))
        return redirect("console:tariffs")
    words = {name: request.POST.get(name, "") for name in ("destination", "label", "source")}
    kept = files.upload(
        name=request.POST.get("format", ""), file=given, by=request.user, at=timezone.now(),
        starts_on=starts_on, **words,
    )  # fmt: skip
    tasks.read_tariff_file.delay(kept.pk)
    return redirect("console:tariff_file", kept.pk)


@desk("customs")
@require_safe
def file(request: SignedInRequest, number: int) -> HttpResponse:
    """Show how far a file was read, or every fault by row and column."""
    found = get_object_or_404(TariffFile.objects.select_related("version"), pk=number)
    answer = render(
        request, "console/tariff_file.html", {**shell(request.user), "file": found, "open": found.is_open}
    )
    if request.htmx and found.state == FileState.READY and found.version is not None:
        answer["HX-Redirect"] = f"/console/tariffs/{found.version.pk}/"
    return answer


@desk("customs")
@require_safe
def version(request: SignedInRequest, number: int) -> HttpResponse:
    """Show what a version changes, whom it touches and what it costs, and who has to sign."""
    found = get_object_or_404(
        TariffVersion.objects.select_related("proposed_by", "activated_by", "replaces"), pk=number
    )
    show = request.GET.get("show", "changed")
    show = show if show in SHOWS else "changed"
    effect = tariff_effect.shown(found)
    signatures = list(found.signatures.select_related("person"))
    asked = next((one for one in reversed(signatures) if one.act == SignatureAct.ASK_BACK), None)
    page = Paginator(versions.changes(found, show), 50).get_page(request.GET.get("page"))
    return render(
        request,
        "console/tariff.html",
        {
            **shell(request.user),
            "version": found,
            "summary": found.summary or {},
            "effect": effect,
            "show": show,
            "page": page,
            "rows": _rows(list(page), effect),
            "quotes": _quotes(effect),
            "for_sale": Variant.objects.for_sale().values("product").distinct().count(),
            "signatures": signatures,
            "asked": asked if found.state == VersionState.ACTIVE else None,
            "waits": found.state == VersionState.PROPOSED,
            "may_go_back": found.state == VersionState.ACTIVE and found.format != "starter",
            "mine": found.proposed_by_id == request.user.pk,
        },
    )


def _rows(changes: list[versions.Change], effect: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows of one page with the words of their heading and the effect on listings."""
    headings = {change.code[:6] for change in changes}
    tree = Commodity.objects.filter(system="HS2022", code__in=headings)
    words = dict(tree.values_list("code", "text"))
    codes, quotes = effect.get("codes", {}), effect.get("quotes", {}).get("codes", {})
    currency = effect.get("currency", "EUR")
    found = []
    for change in changes:
        touched = codes.get(change.code, {})
        more = touched.get("effect")
        found.append({
            "change": change, "text": words.get(change.code[:6], "")[:90],
            "listings": touched.get("listings", 0), "quotes": quotes.get(change.code, 0),
            "more": Money(Decimal(more), currency) if more else None,
        })  # fmt: skip
    return sorted(found, key=lambda row: -int(row["listings"]))


def _quotes(effect: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Open quotes whose duty changes, with the price as it would be."""
    found = []
    for row in effect.get("quotes", {}).get("rows", []):
        total = Money(Decimal(row["total"]), row["currency"])
        more = Money(Decimal(row["more"]), row["currency"]) if row["more"] else None
        found.append(
            {**row, "pays": total, "cost": total + more if more is not None else None, "change": more}
        )
    return found


@desk("customs")
@require_safe
def differences(request: SignedInRequest, number: int) -> StreamingHttpResponse:  # noqa: ARG001
    """Every difference of a version as CSV."""
    found = get_object_or_404(TariffVersion, pk=number)

    def lines() -> Iterator[list[str]]:
        yield ["difference", "code", "kind", "origin_area", "order_number", "additional_code", "old", "new"]
        for what in SHOWS:
            for one in versions.changes(found, what):
                yield [
                    what, one.code, one.kind, one.origin_area, one.order_number, one.additional_code,
                    one.old or "", one.new or "",
                ]  # fmt: skip

    answer = StreamingHttpResponse(as_csv(lines()), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="tariff-{found.pk}-differences.csv"'
    return answer


class _Echo:
    """Where a CSV writer writes: it gives each line back."""

    def write(self, value: str) -> str:
        """Give the line back."""
        return value


def as_csv(rows: Iterator[list[str]], *, numbers: bool = False) -> Iterator[str]:
    """Rows as lines of CSV; a cell that a spreadsheet would run as a formula is made text.

    `numbers` lets a minus through where the cells are amounts of ours.
    """
    writer = csv.writer(_Echo())
    risky = {"=", "+", "@"} if numbers else {"=", "+", "-", "@"}
    for row in rows:
        cells = [f"'{cell}" if cell[:1] in risky else cell for cell in row]
        yield str(writer.writerow(cells))


@desk("customs")
@require_POST
def decision(request: SignedInRequest, number: int) -> HttpResponse:
    """One person's act on a version: recommend, put to work, send back, ask and agree to go back."""
    act, now = request.POST.get("act", ""), timezone.now()
    note = request.POST.get("note", "")
    if act != "activate" and act not in ACTS:
        messages.error(request, _("Choose what to do with this version."))
        return redirect("console:tariff", number)
    get_object_or_404(TariffVersion, pk=number)
    if act == "activate":
        at_once = request.POST.get("when") == "now"
        versions.activate(version_id=number, by=request.user, at=now, note=note, now=at_once)
    else:
        ACTS[act](version_id=number, by=request.user, note=note, at=now)
    messages.success(request, _("Kept with your reason."))
    return redirect("console:tariff", number)
