"""The visitor's cart: found by the person or by the cookie's token."""

from __future__ import annotations

from typing import Final

from django.http import HttpRequest

from marketplace.accounts.models import User
from orders import actions
from orders.models import Cart

KEY: Final = "cart"


def person(request: HttpRequest) -> User | None:
    """Give the signed-in person, else nobody."""
    return request.user if isinstance(request.user, User) else None


def current(request: HttpRequest) -> Cart | None:
    """Find the cart without starting one; a guest's cart follows the guest who signs in."""
    user = person(request)
    token = str(request.session.get(KEY, ""))
    if user is not None and token:
        del request.session[KEY]
        return actions.merge(token=token, user=user)
    carts = Cart.objects.filter(ordered_at=None)
    if user is not None:
        return carts.filter(user=user).first()
    return carts.filter(token=token, user=None).first() if token else None


def started(request: HttpRequest) -> Cart:
    """Find the cart or start one and remember it."""
    cart = current(request)
    if cart is None:
        cart = actions.open_cart(token="", user=person(request))
        if cart.user_id is None:
            request.session[KEY] = cart.token
    return cart


def count(request: HttpRequest, pieces: int | None = None) -> None:
    """Keep the number on the cart's badge in the session, so that no page asks the database for it."""
    if pieces is None:
        cart = current(request)
        pieces = cart.lines.count() if cart else 0
    if request.session.get("cart_count") != pieces:
        request.session["cart_count"] = pieces
