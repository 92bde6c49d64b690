"""Handing out papers."""

from __future__ import annotations

from typing import Final

from django.contrib.auth.decorators import login_required
from django.http import FileResponse, HttpRequest
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from marketplace.documents.models import Document

# Only these are ever shown inside the browser; everything else is a download.
SHOWN: Final = frozenset({"application/pdf", "image/png", "image/jpeg", "image/webp"})


@login_required
@require_safe
def download(request: HttpRequest, number: str) -> FileResponse:
    """Send a paper to somebody it is for; to everybody else it does not exist."""
    document = get_object_or_404(Document.objects.visible_to(request.user), number=number)
    shown = document.media_type in SHOWN and "download" not in request.GET
    answer = FileResponse(
        document.file.open("rb"),
        as_attachment=not shown,
        filename=document.filename,
        content_type=document.media_type if document.media_type in SHOWN else "application/octet-stream",
    )
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return answer
