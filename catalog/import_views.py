"""The seller's desk: lists of products in and out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog import columns, sheets
from catalog import imports as lists
from catalog.models import Import
from catalog.views import seller_of
from marketplace.accounts.models import User
from marketplace.accounts.roles import needs
from marketplace.kit.refusal import Refusal

ROWS: Final = 10
LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CELL: Final = re.compile(r"cell-(\d{1,5})-([a-z_]{1,30})")


def own(request: HttpRequest, pk: int) -> Import:
    return get_object_or_404(Import.objects.visible_to(request.user), pk=pk)


def _csv(name: str, header: Sequence[str], rows: Iterable[Sequence[object]]) -> HttpResponse:
    answer = HttpResponse(sheets.write(header, rows), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


@needs("catalogue", seller=True)
@require_http_methods(["GET", "POST"])
def imports(request: HttpRequest) -> HttpResponse:
    """Show the lists sent so far and take a new one."""
    fault = ""
    if request.method == "POST":
        file = request.FILES.get("file")
        try:
            if file is None:
                raise sheets.FileUnreadable(why=_("choose a file first."))
            if (file.size or 0) > sheets.MOST_BYTES:
                raise sheets.FileUnreadable(why=sheets.WHY["large"])
            assert isinstance(request.user, User)  # noqa: S101
            made = lists.start(
                seller=seller_of(request), by=request.user, file_name=file.name or "list", content=file.read()
            )
            return redirect("catalog:import", made.pk)
        except Refusal as refusal:
            fault = str(refusal)
    context = {
        "imports": Import.objects.visible_to(request.user).defer("rows", "errors")[:25],
        "fault": fault,
        "fields": [(name, label, name in columns.NEEDED) for name, label in columns.LABELS.items()],
    }
    return render(request, "catalog/imports.html", context, status=422 if fault else 200)


@needs("catalogue", seller=True)
@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a list is, and what is wrong in it, cell by cell."""
    made = own(request, pk)
    matching = made.state == Import.State.MATCHING or (
        made.state == Import.State.CHECKED and "columns" in request.GET
    )
    if matching:
        return render(request, "catalog/import.html", _columns_page(made, made.columns))
    return render(request, "catalog/import.html", _rows_page(request, made))


def _columns_page(made: Import, chosen: Sequence[str], fault: str = "") -> dict[str, Any]:
    known = columns.remembered(made.seller)
    theirs = [
        {
            "name": name,
            "chosen": chosen[n] if n < len(chosen) else "",
            "known": name in known,
            "samples": [row[n] for row in made.rows[:3] if row[n]],
        }
        for n, name in enumerate(made.header)
    ]
    context = {"list": made, "step": 2, "theirs": theirs, "fault": fault}
    return {**context, "fields": list(columns.LABELS.items()), "needed": columns.NEEDED}


def _rows_page(request: HttpRequest, made: Import) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    kinds = Counter(name for error in made.errors for name in _marks(error))
    errors = [error for error in made.errors if not kind or kind in _marks(error)]
    page = Paginator(errors, ROWS).get_page(request.GET.get("page"))
    names = made.columns or made.header
    shown = [n for n, name in enumerate(names) if name]
    counts = made.counts or {}
    return {
        "list": made,
        "step": 3 if made.state in {Import.State.CHECKING, Import.State.CHECKED} else 4,
        "working": made.state in {Import.State.CHECKING, Import.State.RUNNING},
        "page": page,
        "kind": kind,
        "kinds": [(name, columns.LABELS.get(name, name), many) for name, many in kinds.most_common()],
        "heads": [(LETTERS[n] if n < 26 else "", columns.LABELS.get(names[n], names[n])) for n in shown],
        "rows": [_shown(made, error, shown, names) for error in page],
        "good": counts.get("new", 0) + counts.get("changed", 0),
        "undo_until": made.done_at + lists.UNDO_FOR if made.done_at else None,
    }


def _marks(error: dict[str, Any]) -> list[str]:
    return [*error["cells"], *(name for name in error.get("warnings", {}) if name not in error["cells"])]


def _shown(made: Import, error: dict[str, Any], shown: list[int], names: list[str]) -> dict[str, Any]:
    line = error["line"]
    warnings = error.get("warnings", {})
    cells = []
    for n in shown:
        name = names[n]
        cells.append(
            {
                "name": name,
                "label": columns.LABELS.get(name, name),
                "value": made.rows[line - 2][n],
                "why": error["cells"].get(name) or warnings.get(name, ""),
                "kind": "bad" if name in error["cells"] else "warn" if name in warnings else "",
                "fix": error.get("fixes", {}).get(name, ""),
            }
        )
    return {"line": line, "cells": cells}


@needs("catalogue", seller=True)
@require_POST
def match(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep which column is which, then check the rows."""
    made = own(request, pk)
    given = [request.POST.get(f"column-{n}", "") for n in range(len(made.header))]
    try:
        lists.match(import_id=made.pk, given=given)
    except columns.ColumnsUnclear as refusal:
        page = _columns_page(made, given, str(refusal))
        return render(request, "catalog/import.html", page, status=refusal.status)
    return redirect("catalog:import", pk)


@needs("catalogue", seller=True)
@require_POST
def cells(request: HttpRequest, pk: int) -> HttpResponse:
    """Take corrected cells, or one press on a fix, and check again."""
    made = own(request, pk)
    given: dict[tuple[int, str], str] = {}
    for name, value in request.POST.items():
        if found := CELL.fullmatch(name):
            given[int(found[1]), found[2]] = str(value)
    place, _sep, value = request.POST.get("fix", "").partition("=")
    if found := CELL.fullmatch(place):
        given[int(found[1]), found[2]] = value
    made = lists.correct(import_id=made.pk, cells=given)
    if request.headers.get("HX-Request") == "true":
        return render(request, "catalog/import.html", _rows_page(request, made))
    query = request.GET.urlencode()
    return redirect(f"{request.path.removesuffix('cells/')}{'?' + query if query else ''}")


@needs("catalogue", seller=True)
@require_POST
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the good rows in."""
    made = own(request, pk)
    if made.state not in {Import.State.CHECKED, Import.State.RUNNING}:
        raise lists.NotReady
    Import.objects.filter(pk=pk).update(state=Import.State.RUNNING, progress=0)
    lists.run_import.delay(import_id=pk)
    return redirect("catalog:import", pk)


@needs("catalogue", seller=True)
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the drafts of a list out again."""
    gone = lists.undo(import_id=own(request, pk).pk, at=timezone.now())
    messages.success(request, _("%(n)d drafts taken out.") % {"n": gone})
    return redirect("catalog:import", pk)


@needs("catalogue", seller=True)
@require_safe
def wrong(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the wrong rows back as a file, with what is wrong in the last column."""
    made = own(request, pk)
    rows = [
        [*made.rows[error["line"] - 2], "; ".join(f"{k}: {v}" for k, v in error["cells"].items())]
        for error in made.errors
        if error["cells"]
    ]
    return _csv("wrong-rows.csv", [*made.header, "what_is_wrong"], rows)


@needs("catalogue", seller=True)
@require_safe
def template(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Give an empty list with the columns."""
    return _csv("products.csv", columns.COLUMNS, [])


@needs("catalogue", seller=True)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Give all products as a list that can be sent back."""
    return _csv("products.csv", columns.COLUMNS, lists.export_rows(seller_of(request)))
