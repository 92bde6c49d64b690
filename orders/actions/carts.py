"""Filling a cart."""

from __future__ import annotations

from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from marketplace.accounts.models import User
from marketplace.kit.refusal import Refusal
from orders.models import Cart, CartLine

MOST_LINES: Final = 100
MOST_PIECES: Final = 99_999


class NotForSale(Refusal):
    words = _("This is not for sale at the moment. Choose something else.")
    status = 404


class BadQuantity(Refusal):
    words = _("The quantity must be a whole number from {least} to {most}.")
    status = 400


class CartFull(Refusal):
    words = _("A cart holds 100 different things. Order these first.")


class CartOrdered(Refusal):
    words = _("This cart was ordered already. You find it under Orders.")


def open_cart(*, token: str, user: User | None) -> Cart:
    """Find the visitor's cart or start one."""
    carts = Cart.objects.filter(ordered_at=None)
    if user is not None:
        return carts.filter(user=user).first() or Cart.objects.create(user=user)
    return (token and carts.filter(token=token, user=None).first()) or Cart.objects.create()


@transaction.atomic
def merge(*, token: str, user: User) -> Cart:
    """Carry a guest's cart over when the guest signs in; quantities of the same thing add up."""
    own = open_cart(token="", user=user)
    guest = Cart.objects.select_for_update().filter(token=token, user=None, ordered_at=None).first()
    if guest is not None:
        held = {line.variant_id: line for line in own.lines.all()}
        for line in guest.lines.all():
            if known := held.get(line.variant_id):
                known.quantity = min(known.quantity + line.quantity, MOST_PIECES)
                known.save(update_fields=["quantity"])
            else:
                CartLine.objects.create(cart=own, variant_id=line.variant_id, quantity=line.quantity)
        guest.delete()
    return own


def _checked(quantity: object, least: int) -> int:
    try:
        number = int(str(quantity).strip())
    except ValueError:
        number = -1
    if not least <= number <= MOST_PIECES or not str(quantity).strip().isascii():
        raise BadQuantity(least=least, most=MOST_PIECES)
    return number


@transaction.atomic
def add(*, cart_id: int, sku: str, quantity: object) -> int:
    """Put pieces of a variant into the cart, at least the seller's minimum; give the lines it has now."""
    variant = Variant.objects.for_sale().filter(sku=sku).only("pk", "minimum_quantity").first()
    if variant is None:
        raise NotForSale
    number = _checked(quantity, 1)
    lines = {line.variant_id: line for line in CartLine.objects.select_for_update().filter(cart=cart_id)}
    line = lines.get(variant.pk)
    if line is None:
        if len(lines) >= MOST_LINES:
            raise CartFull
        wanted = max(number, variant.minimum_quantity)
        CartLine.objects.create(cart_id=cart_id, variant=variant, quantity=wanted)
        return len(lines) + 1
    line.quantity = _checked(line.quantity + number, variant.minimum_quantity)
    line.save(update_fields=["quantity"])
    return len(lines)


@transaction.atomic
def set_quantity(*, cart_id: int, line_id: int, quantity: object) -> CartLine | None:
    """Change how many; zero takes the line out."""
    line = CartLine.objects.select_for_update(of=("self",)).select_related("variant").filter(
        cart=cart_id, pk=line_id
    ).first()  # fmt: skip
    if line is None:
        raise NotForSale
    if str(quantity).strip() == "0":
        remove(cart_id=cart_id, line_id=line_id)
        return None
    line.quantity = _checked(quantity, line.variant.minimum_quantity)
    line.save(update_fields=["quantity"])
    return line


@transaction.atomic
def remove(*, cart_id: int, line_id: int) -> None:
    """Take a line out and remember it for undo; a second time changes nothing."""
    cart = Cart.objects.select_for_update().get(pk=cart_id)
    line = CartLine.objects.select_related("variant__product").filter(cart=cart, pk=line_id).first()
    if line is None:
        return
    cart.removed = {
        "sku": line.variant.sku, "quantity": line.quantity, "title": line.variant.product.title,
    }  # fmt: skip
    cart.save(update_fields=["removed", "updated_at"])
    line.delete()


@transaction.atomic
def undo(*, cart_id: int) -> None:
    """Put the line taken out last back."""
    cart = Cart.objects.select_for_update().get(pk=cart_id)
    if cart.removed:
        add(cart_id=cart.pk, sku=cart.removed["sku"], quantity=cart.removed["quantity"])
        cart.removed = None
        cart.save(update_fields=["removed", "updated_at"])


@transaction.atomic
def choose(
    *, cart_id: int, options: dict[str, str] | None = None, insured: bool | None = None, terms: str = ""
) -> Cart:
    """Keep the visitor's choices: way of delivery per seller, insurance, who pays duty."""
    cart = Cart.objects.select_for_update().get(pk=cart_id)
    for seller, code in (options or {}).items():
        cart.choices[str(seller)[:20]] = str(code)[:120]
    if insured is not None:
        cart.insured = insured
    if terms in {"DDP", "DAP"}:
        cart.terms = terms
    cart.save(update_fields=["choices", "insured", "terms", "updated_at"])
    return cart
