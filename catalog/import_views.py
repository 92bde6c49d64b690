"""The seller's desk: lists of products in and out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from catalog import imports as lists
from catalog import sheets
from catalog.models import Import
from catalog.views import seller_of
from marketplace.accounts.models import User
from marketplace.accounts.roles import needs
from marketplace.kit.refusal import Refusal


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
    }
    return render(request, "catalog/imports.html", context, status=422 if fault else 200)


@needs("catalogue", seller=True)
@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """Show how far a list is, and what is wrong in it, cell by cell."""
    made = own(request, pk)
    return render(request, "catalog/import.html", {"list": made, "errors": made.errors[:100]})


@needs("catalogue", seller=True)
@require_POST
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the good rows in."""
    made = own(request, pk)
    if made.state not in {Import.State.CHECKED, Import.State.RUNNING}:
        raise lists.NotReady
    Import.objects.filter(pk=pk).update(state=Import.State.RUNNING)
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
    ]
    return _csv("wrong-rows.csv", [*made.header, "what_is_wrong"], rows)


@needs("catalogue", seller=True)
@require_safe
def template(request: HttpRequest) -> HttpResponse:  # noqa: ARG001
    """Give an empty list with the columns."""
    return _csv("products.csv", lists.COLUMNS, [])


@needs("catalogue", seller=True)
@require_safe
def export(request: HttpRequest) -> HttpResponse:
    """Give all products as a list that can be sent back."""
    return _csv("products.csv", lists.COLUMNS, lists.export_rows(seller_of(request)))
