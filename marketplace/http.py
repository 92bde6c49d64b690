"""What every request carries, and the one place where a refusal becomes an answer."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Final, cast

from babel import Locale
from babel.numbers import get_territory_currencies
from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django_htmx.middleware import HtmxDetails

from marketplace.accounts.models import User
from marketplace.kit.places import Place
from marketplace.kit.refusal import Refusal

START: Final = Place("DE", "10115")
CURRENCIES: Final = (
    "EUR", "USD", "GBP", "CNY", "JPY", "SGD", "MYR", "CAD", "AUD", "HKD", "KRW", "CHF", "SEK", "NOK", "DKK",
    "PLN", "CZK", "NZD", "ARS", "KES", "VND", "TRY", "PEN", "KWD",
)  # fmt: skip


class VisitorRequest(HttpRequest):
    """Any request of ours: the destination and the currency were chosen once and ride along."""

    htmx: HtmxDetails
    ship_to: Place
    currency: str


class SignedInRequest(VisitorRequest):
    user: User


@functools.cache
def countries() -> dict[str, str]:
    """List the countries of the world in English, by code."""
    names = Locale.parse("en").territories
    return {c: str(n) for c, n in names.items() if len(c) == 2 and c.isalpha() and c not in NOT_COUNTRIES}


NOT_COUNTRIES: Final = frozenset({"EU", "EZ", "UN", "XA", "XB", "ZZ", "QO"})


@functools.cache
def usual_currency(country: str) -> str:
    """Name the currency people use in a country, where we show it; else the euro."""
    for code in get_territory_currencies(country):
        if code in CURRENCIES:
            return code
    return "EUR"


def visitor(request: HttpRequest) -> dict[str, object]:
    """Template context: the visitor's destination and currency, the cart's size, whether this is a demo."""
    place = getattr(request, "ship_to", None)
    return {
        "ship_to": place,
        "currency": getattr(request, "currency", None),
        "ship_to_name": countries().get(place.country, place.country) if place else "",
        "currencies": CURRENCIES,
        "cart_count": request.session.get("cart_count", 0) if hasattr(request, "session") else 0,
        "demo": settings.DEMO,
    }


def read_place(text: str) -> Place:
    """Read a destination; raise ValueError for a country that does not exist."""
    place = Place.parse(text)
    if place.country not in countries():
        raise ValueError(f"{place.country} is no country")
    return place


class VisitorMiddleware:
    """Take ship-to and currency from the address, else from the session, else from the company."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        ours = cast("VisitorRequest", request)
        ours.ship_to = self._place(request)
        ours.currency = self._currency(request, ours.ship_to)
        return self.get_response(request)

    @staticmethod
    def _place(request: HttpRequest) -> Place:
        try:
            place = read_place(request.GET["ship_to"])
        except (KeyError, ValueError):
            try:
                return Place.parse(request.session["ship_to"])
            except (KeyError, ValueError):
                return START
        if request.session.get("ship_to") != str(place):
            request.session["ship_to"] = str(place)
        return place

    @staticmethod
    def _currency(request: HttpRequest, place: Place) -> str:
        asked = request.GET.get("currency", "").upper()
        if asked in CURRENCIES:
            if request.session.get("currency") != asked:
                request.session["currency"] = asked
            return asked
        return str(request.session.get("currency") or usual_currency(place.country))


class Unreadable(Refusal):
    """A text with a NUL, which no database keeps: no keyboard writes it, so nothing is lost."""

    words = _("This address or text holds a character that cannot be read. Type it again.")
    status = 400


class RefusalMiddleware:
    """Turn a refusal into a page, a toast or problem+json, with the refusal's own status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, ValueError) and "NUL (0x00)" in str(exception):
            exception = Unreadable()
        if not isinstance(exception, Refusal):
            return None
        if request.path.startswith("/api/"):
            kind = f"urn:sampan:{exception.code}"
            body: dict[str, Any] = {"type": kind, "title": str(exception), "status": exception.status}
            return JsonResponse(body, status=exception.status, content_type="application/problem+json")
        toast = getattr(request, "htmx", False)
        page = "components/toast.html" if toast else "refused.html"
        return render(request, page, {"refusal": exception}, status=exception.status)
