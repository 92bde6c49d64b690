"""What every request carries, and the one place where a refusal becomes an answer."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django_htmx.middleware import HtmxDetails

from marketplace.accounts.models import User
from marketplace.kit.places import Place
from marketplace.kit.refusal import Refusal


class VisitorRequest(HttpRequest):
    """Any request of ours: the destination and the currency were chosen once and ride along."""

    htmx: HtmxDetails
    ship_to: Place
    currency: str


class SignedInRequest(VisitorRequest):
    user: User


def visitor(request: HttpRequest) -> dict[str, object]:
    """Template context: the visitor's destination and currency."""
    return {"ship_to": getattr(request, "ship_to", None), "currency": getattr(request, "currency", None)}


class VisitorMiddleware:
    """Take ship-to and currency from the address, else from the session, else from the company."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        try:
            place = Place.parse(request.GET["ship_to"])
        except (KeyError, ValueError):
            place = Place.parse(request.session.get("ship_to", "DE-10115"))
        else:
            request.session["ship_to"] = str(place)
        request.ship_to = place  # type: ignore[attr-defined]
        currency = request.GET.get("currency") or request.session.get("currency", "EUR")
        request.currency = currency  # type: ignore[attr-defined]
        return self.get_response(request)


class RefusalMiddleware:
    """Turn a refusal into a page, a toast or problem+json, with the refusal's own status."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, Refusal):
            return None
        if request.path.startswith("/api/"):
            kind = f"urn:sampan:{exception.code}"
            body = {"type": kind, "title": str(exception), "status": exception.status}
            return JsonResponse(body, status=exception.status, content_type="application/problem+json")
        toast = getattr(request, "htmx", False)
        page = "components/toast.html" if toast else "refused.html"
        return render(request, page, {"refusal": exception}, status=exception.status)
