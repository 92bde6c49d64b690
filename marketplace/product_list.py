"""`GET /api/v1/products/`: the catalogue with delivered prices, page by page."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from catalog.search import LAST_PAGE, Card, SearchQuery, search
from customs.cases import BadRequest, FieldError
from marketplace.http import CURRENCIES
from marketplace.kit.places import Place


def page_of(cursor: str) -> int:
    """Read a cursor that an earlier answer gave; raise BadRequest for anything else."""
    if not cursor:
        return 1
    try:
        page = int(base64.urlsafe_b64decode(cursor.encode()).decode().removeprefix("page-"))
    except (binascii.Error, ValueError) as problem:
        raise BadRequest([FieldError("cursor", "Take the cursor from the answer before.")]) from problem
    if not 1 <= page <= LAST_PAGE:
        raise BadRequest([FieldError("cursor", "Take the cursor from the answer before.")])
    return page


def cursor_of(page: int) -> str:
    """Write a cursor for a page."""
    return base64.urlsafe_b64encode(f"page-{page}".encode()).decode()


def answer(asked: dict[str, str], *, place: Place, currency: str) -> dict[str, Any]:
    """Search the shop; raise BadRequest with one entry per wrong field."""
    errors = []
    if (wanted := asked.get("currency", "").upper()) and wanted not in CURRENCIES:
        errors.append(FieldError("currency", f"We do not show prices in {wanted[:8]}."))
    if ship_to := asked.get("ship_to", ""):
        try:
            Place.parse(ship_to)
        except ValueError:
            errors.append(FieldError("ship_to", "Write a country and a postal code, for example DE-10115."))
    if errors:
        raise BadRequest(errors)
    found = search(
        SearchQuery(
            text=asked.get("search", "")[:200],
            category=asked.get("category", "")[:60],
            origin=tuple(code.upper()[:2] for code in asked.get("origin", "").split(",") if code),
            page=page_of(asked.get("cursor", "")),
            destination=place.country,
            currency=currency,
        )
    )
    return {
        "count": found.total,
        "next": cursor_of(found.next_page) if found.next_page else None,
        "ship_to": str(place),
        "currency": currency,
        "results": [_row(card) for card in found.cards],
    }


def _row(card: Card) -> dict[str, Any]:
    product, variant, price = card.product, card.variant, card.delivered
    return {
        "number": product.number,
        "slug": product.slug,
        "url": product.get_absolute_url(),
        "title": product.title,
        "seller": {"name": product.seller.name, "country": product.seller.country},
        "origin": product.origin,
        "hs_code": product.hs_code,
        "sku": variant.sku if variant else None,
        "minimum_quantity": variant.minimum_quantity if variant else None,
        "picture": card.picture.card_url if card.picture else None,
        "delivered": None
        if price is None
        else {
            "state": price.state,
            "each": {"amount": str(price.total_amount), "currency": price.currency}
            if price.total_amount is not None
            else None,
            "goods": str(price.goods_amount),
            "transport": str(price.transport_amount),
            "duty_and_tax": str(price.tax_amount),
            "earliest_days": price.earliest_days,
            "latest_days": price.latest_days,
        },
    }
