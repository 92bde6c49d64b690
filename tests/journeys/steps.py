"""Steps of a deal as people take them: pages for the buyer, the outside world for bank and carrier."""

from __future__ import annotations

import re
from typing import Any

import httpx
from django.test import Client

from logistics import actions as logistics
from logistics.models import Parcel
from marketplace.sandbox.app import Sandbox
from orders.models import Cart, Order, OrderGroup, Quote
from orders.payments import actions as payments
from orders.payments.models import Payment

GOOD_CARD = "4242424242424242"


def fill(client: Client, lines: dict[str, int], *, ship_to: str, currency: str) -> None:
    """Choose where to deliver and put goods into the cart."""
    client.get("/cart/", {"ship_to": ship_to, "currency": currency})
    for sku, quantity in lines.items():
        answer = client.post("/cart/lines/", {"sku": sku, "quantity": str(quantity)})
        assert answer.status_code == 302


def address(country: str, postal_code: str, town: str, **more: str) -> dict[str, str]:
    """Give an address as the form wants it."""
    return {
        "email": "jana@mail.example", "name": "Jana Richter", "street": "Main street 14",
        "country": country, "postal_code": postal_code, "town": town, "phone": "+49 30 5550 0172", **more,
    }  # fmt: skip


def checkout_page(client: Client) -> dict[str, str]:
    """Open the checkout and read its hidden fields."""
    page = client.get("/checkout/")
    assert page.status_code == 200, page.headers
    text = page.content.decode()
    return {name: hidden(text, name) for name in ("key", "quote")}


def hidden(text: str, name: str) -> str:
    """Read a hidden field of a page."""
    tag = re.search(rf'<input[^>]*name="{name}"[^>]*>', text)
    assert tag, f"no field {name}"
    value = re.search(r'value="([^"]*)"', tag.group(0))
    assert value
    return value.group(1)


def order(client: Client, where: dict[str, str]) -> Any:
    """Press the order button."""
    return client.post("/checkout/", {**where, **checkout_page(client)})


def pay(sandbox: Sandbox, group: OrderGroup, card: str = GOOD_CARD) -> httpx.Response:
    """Type a card on the bank's page."""
    page = Payment.objects.get(reference=group.number).page
    assert page.startswith(sandbox.address)
    return httpx.post(page, data={"card": card})


def bank_reports(group: OrderGroup) -> None:
    """Let the bank's news arrive: we ask the provider, as every message makes us do."""
    payments.look_up(group.number)


def last_group() -> OrderGroup:
    return OrderGroup.objects.order_by("-pk")[0]


def counts() -> tuple[int, int, int]:
    """Count purchases, used quotes and ordered carts, to show that a refused act changed nothing."""
    return (
        OrderGroup.objects.count(),
        Quote.objects.exclude(used_at=None).count(),
        Cart.objects.exclude(ordered_at=None).count(),
    )


def carry(order_number: str, *codes: str) -> None:
    """Let the carrier tell its scans, one hour after the other."""
    parcel = Parcel.objects.get(shipment__order_number=order_number)
    for hour, code in enumerate(codes, 8):
        logistics.record_tracking(
            tracking_number=parcel.tracking_number or "",
            code=code,
            local_time=f"2026-12-0{hour - 7}T{hour:02d}:00:00+00:00",
            evidence={"signed_by": "J. Richter", "proof": "signature"},
        )


def amounts(order: Order) -> dict[str, str]:
    """Give the frozen parts of an order as text."""
    names = ("goods", "exchange", "freight", "insurance", "duty", "tax", "fees", "total")
    return {name: f"{getattr(order, f'{name}_amount'):.2f}" for name in names}
