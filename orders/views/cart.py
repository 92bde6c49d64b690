"""The cart page and every change of it; each works without scripts."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from marketplace.http import VisitorRequest
from orders import actions
from orders.carts import priced
from orders.views import basket


def _page(request: HttpRequest) -> HttpResponse:
    visitor = cast("VisitorRequest", request)
    cart = basket.current(request)
    view = None
    if cart is not None:
        view = priced(
            cart,
            ship_to=visitor.ship_to,
            currency=visitor.currency,
            on=timezone.now().date(),
            every_option=True,
        )
    basket.count(request, sum(len(g.lines) for g in view.groups) if view else 0)
    page = {"cart": cart, "view": view, "cost": view.cost if view else None}
    return render(request, "orders/cart.html", page)


@require_GET
def show(request: HttpRequest) -> HttpResponse:
    """Show the cart, grouped by seller, with the delivered price of each parcel."""
    return _page(request)


def _answer(request: HttpRequest) -> HttpResponse:
    return _page(request) if getattr(request, "htmx", False) else redirect("orders:cart")


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Put something into the cart."""
    cart = basket.started(request)
    lines = actions.add(
        cart_id=cart.pk, sku=request.POST.get("sku", "")[:80], quantity=request.POST.get("quantity", "1")
    )
    basket.count(request, lines)
    return redirect("orders:cart")


@require_POST
def change(request: HttpRequest, line_id: int) -> HttpResponse:
    """Change how many pieces."""
    cart = basket.started(request)
    wanted: object = request.POST.get("quantity", "")
    step = request.POST.get("step", "")
    if step in {"-1", "1"} and str(wanted).isdigit():
        wanted = int(str(wanted)) + int(step)
    actions.set_quantity(cart_id=cart.pk, line_id=line_id, quantity=wanted)
    return _answer(request)


@require_POST
def remove(request: HttpRequest, line_id: int) -> HttpResponse:
    """Take a line out; the page offers to put it back."""
    actions.remove(cart_id=basket.started(request).pk, line_id=line_id)
    return _answer(request)


@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Put the line taken out last back."""
    actions.undo(cart_id=basket.started(request).pk)
    return _answer(request)


@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Keep delivery, insurance and who pays duty."""
    cart = basket.started(request)
    insured = None
    if "insured_shown" in request.POST:
        insured = request.POST.get("insured") == "1"
    options = {k.removeprefix("option-"): str(v) for k, v in request.POST.items() if k.startswith("option-")}
    actions.choose(cart_id=cart.pk, options=options, insured=insured, terms=request.POST.get("terms", ""))
    if request.POST.get("next") == "checkout":
        return redirect("orders:checkout")
    return _answer(request)
