"""The shop window: home, search, product, maker; live data from every room below."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

from marketplace.http import CURRENCIES, read_place


@require_safe
def destination(request: HttpRequest) -> HttpResponse:
    """Remember where to deliver and which currency to show, and go back to the page."""
    country, code = request.GET.get("country", ""), request.GET.get("postal_code", "").strip()[:12]
    try:
        place = read_place(f"{country}-{code}" if code else country)
    except ValueError:
        place = None
    if place is not None:
        request.session["ship_to"] = str(place)
    if request.GET.get("currency") in CURRENCIES:
        request.session["currency"] = request.GET["currency"]
    target = request.GET.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, allowed_hosts={request.get_host()}):
        target = "/"
    path, _, asked = target.partition("?")
    kept = [p for p in asked.split("&") if p and not p.startswith(("ship_to=", "currency="))]
    return HttpResponseRedirect(path + ("?" + "&".join(kept) if kept else ""))


@require_safe
def promise(request: HttpRequest) -> HttpResponse:
    """Say what the price promise covers, and what not."""
    return render(request, "shop/promise.html")
