"""The inbox page."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from marketplace.accounts.models import User
from marketplace.notifications import actions
from marketplace.notifications.models import Notice


@login_required
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Show the newest notices first."""
    page = Paginator(Notice.objects.visible_to(request.user), 25).get_page(request.GET.get("page"))
    return render(request, "notifications/inbox.html", {"page": page})


@login_required
@require_POST
def read(request: HttpRequest) -> HttpResponse:
    """Mark one notice, or all of them, as read."""
    assert isinstance(request.user, User)  # noqa: S101
    wanted = request.POST.get("notice", "")
    actions.mark_read(user=request.user, pk=int(wanted) if wanted.isdigit() else None)
    return redirect("notifications:inbox")
