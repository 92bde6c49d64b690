"""The roof of the public interface: `/api/v1/`."""

from __future__ import annotations

from typing import Any, cast

from django.urls import URLPattern, URLResolver, path
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from drf_spectacular.views import SpectacularAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.views import APIView

from customs import code_api
from customs.cases import BadRequest
from marketplace import landed_costs, product_list
from marketplace.http import VisitorRequest

PROBLEM = "application/problem+json"


class Root(APIView):
    """What there is."""

    @extend_schema(operation_id="root", responses={200: dict[str, Any]})
    def get(self, request: Request) -> Response:
        """List the addresses of this interface."""
        return Response(
            {
                "products": reverse("api-products", request=request),
                "landed_costs": reverse("landed-costs", request=request),
                "hs_codes": reverse("hs-codes", request=request),
                "schema": reverse("schema", request=request),
            }
        )


class LandedCosts(APIView):
    """The price delivered to the door, with every line explained."""

    throttle_scope = "landed-costs"
    authentication_classes = ()

    @extend_schema(operation_id="landed_costs", request=dict[str, Any], responses={200: dict[str, Any]})
    def post(self, request: Request) -> Response:
        """Assess a case: goods, freight, insurance, duty, tax and fees."""
        try:
            return Response(landed_costs.answer(request._request.body, at=timezone.now()))  # noqa: SLF001
        except BadRequest as problem:
            return Response(problem_body(problem), status=400, content_type=PROBLEM)


class Products(APIView):
    """The catalogue, each product with its price delivered to the door."""

    throttle_scope = "products"
    authentication_classes = ()

    @extend_schema(
        operation_id="products",
        parameters=[
            OpenApiParameter(name, str)
            for name in ("search", "category", "origin", "ship_to", "currency", "cursor")
        ],
        responses={200: dict[str, Any]},
    )
    def get(self, request: Request) -> Response:
        """Search; `next` holds the cursor of the next page."""
        ours = cast("VisitorRequest", request._request)  # noqa: SLF001
        try:
            return Response(
                product_list.answer(request.GET.dict(), place=ours.ship_to, currency=ours.currency)
            )
        except BadRequest as problem:
            return Response(problem_body(problem), status=400, content_type=PROBLEM)


def problem_body(problem: BadRequest) -> dict[str, Any]:
    """A problem+json body with one entry per wrong field."""
    return {
        "type": "urn:sampan:bad-request",
        "title": "The request cannot be read.",
        "status": 400,
        "errors": [{"field": error.field, "detail": error.detail} for error in problem.errors],
    }


urlpatterns: list[URLPattern | URLResolver] = [
    path("v1/", Root.as_view(), name="api-root"),
    path("v1/products/", Products.as_view(), name="api-products"),
    path("v1/landed-costs/", LandedCosts.as_view(), name="landed-costs"),
    path("v1/hs-codes/", code_api.HsCodes.as_view(), name="hs-codes"),
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
]
