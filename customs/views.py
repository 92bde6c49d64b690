"""The seller's and the buyer's side of a hold: which papers are asked for, and their upload."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from catalog.models import Variant
from customs import actions
from customs.documents import PAPERS
from customs.models import OPEN_HOLDS, CatalogueTask, Declaration, Hold, HoldPaper
from marketplace.accounts.models import User
from marketplace.documents.uploads import LARGEST, FileRefused


@never_cache
@login_required
@require_safe
def asked(request: HttpRequest) -> HttpResponse:
    """List the papers that this company was asked for, and what it should put right in its catalogue."""
    rows = HoldPaper.objects.asked_of(request.user).filter(hold__state__in=OPEN_HOLDS)
    rows = rows.select_related("hold__declaration").order_by("wanted_by")[:200]
    own = request.user.company_id if isinstance(request.user, User) else None
    tasks = CatalogueTask.objects.filter(seller=own).open().select_related("hold")[:50]
    numbers = product_numbers([task.sku for task in tasks])
    shown = [{"row": task, "product": numbers.get(task.sku, "")} for task in tasks]
    return render(request, "customs/asked.html", {"papers": rows, "tasks": shown})


def product_numbers(skus: list[str]) -> dict[str, str]:
    """Find the listing of each SKU, to lead the seller to it."""
    rows = Variant.objects.filter(sku__in=skus).values_list("sku", "product__number")
    return dict(rows)


def _papers_page(request: HttpRequest, number: str, status: int = 200, error: str = "") -> HttpResponse:
    case = get_object_or_404(Hold.objects.select_related("declaration"), number=number)
    mine = HoldPaper.objects.asked_of(request.user).filter(hold=case).prefetch_related("versions")
    if not mine:
        get_object_or_404(mine)
    context = {"hold": case, "papers": mine, "error": error, "largest": LARGEST // 1_000_000}
    return render(request, "customs/papers.html", context, status=status)


@never_cache
@login_required
@require_safe
def papers(request: HttpRequest, number: str) -> HttpResponse:
    """Show the papers asked for in one hold, with an upload for each."""
    return _papers_page(request, number)


@login_required
@require_POST
def upload(request: HttpRequest, number: str, paper: int) -> HttpResponse:
    """Take one paper; a newer one is kept beside the older ones."""
    get_object_or_404(HoldPaper.objects.asked_of(request.user), pk=paper, hold__number=number)
    given = request.FILES.get("file")
    if given is None or given.size is None:
        return _papers_page(request, number, 400, _("Choose a file first."))
    if given.size > LARGEST:
        return _papers_page(
            request, number, 400, _("The file is larger than 5 MB. Make it smaller and try again.")
        )
    try:
        actions.upload_paper(
            paper_id=paper,
            by=request.user,  # type: ignore[arg-type]
            filename=given.name or "paper",
            content=given.read(),
            at=timezone.now(),
        )
    except FileRefused as refusal:
        return _papers_page(request, number, refusal.status, str(refusal))
    return redirect("customs:hold_papers", number=number)


@login_required
@require_safe
def paper(request: HttpRequest, number: str, paper: str) -> HttpResponse:
    """Give a customs paper or data set of a declaration that this person may see."""
    if paper not in PAPERS:
        raise Http404
    rows = Declaration.objects.visible_to(request.user)
    declaration = get_object_or_404(rows.select_related("seller"), number=number)
    media_type, write = PAPERS[paper]
    response = HttpResponse(write(declaration), content_type=media_type)
    response["Content-Disposition"] = f'inline; filename="{declaration.number}-{paper}"'
    return response
