"""The papers of an order for the person who bought, with or without an account."""

from __future__ import annotations

from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from orders import documents
from orders.buyer_papers import papers
from orders.views.buying import mine


@require_GET
def paper(request: HttpRequest, number: str, kind: str) -> HttpResponseBase:
    """Give one paper as a PDF; a paper that is not there yet does not exist."""
    order = mine(request, number)
    one = next((paper for paper in papers(order) if paper.url == request.path), None)
    if one is None:
        raise Http404
    answer: HttpResponseBase
    if one.kept is not None:
        answer = FileResponse(one.kept.file.open("rb"), content_type=one.kept.media_type)
    else:
        answer = HttpResponse(documents.render(kind, order), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{one.filename}"'
    answer["Cache-Control"] = "private, no-store"
    return answer
