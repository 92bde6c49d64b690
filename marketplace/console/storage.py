"""What storage costs: dated rates of each warehouse with their source; what counts is never changed."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from logistics.warehousing.actions import tariff
from logistics.warehousing.models import StorageRate, Warehouse
from marketplace.console.access import desk, shell
from marketplace.http import SignedInRequest


@desk("finance")
@require_http_methods(["GET", "HEAD", "POST"])
def storage(request: SignedInRequest) -> HttpResponse:
    """List the rates of every warehouse, and take a new one from a day on."""
    given = request.POST
    if request.method != "POST":
        return _storage(request)
    house = Warehouse.objects.filter(code=given.get("warehouse", "")[:20]).first()
    try:
        made = tariff.add_rate(
            warehouse=house, everywhere=given.get("warehouse") == "*", typed=given, today=timezone.localdate()
        )
    except tariff.BadRate as refusal:
        return _storage(request, 422, problem=str(refusal), given=given)
    messages.success(request, _("The rate counts from %(day)s on.") % {"day": made.valid_from})
    return redirect("console:storage")


def _storage(request: SignedInRequest, status: int = 200, **more: Any) -> HttpResponse:
    context = {
        "rates": StorageRate.objects.select_related("warehouse").order_by("warehouse__code", "-valid_from")[
            :300
        ],
        "houses": Warehouse.objects.order_by("code")[:500],
        "today": timezone.localdate(),
        **more,
    }
    return render(request, "console/storage.html", context | shell(request.user), status=status)


@desk("finance")
@require_POST
def storage_rate(request: SignedInRequest, number: int) -> HttpResponse:
    """Take a rate back that does not count yet."""
    tariff.take_back(rate_id=get_object_or_404(StorageRate, pk=number).pk, today=timezone.localdate())
    messages.success(request, _("The rate is gone."))
    return redirect("console:storage")
