"""What templates say about stock."""

from __future__ import annotations

from django import template

from catalog.models import Product, Variant
from catalog.stock import Stock, stock_for

register = template.Library()


@register.filter
def stock_in(row: Product | Variant | str, country: str) -> Stock:
    """Say what a buyer in a country can have of a product or of an option."""
    if isinstance(row, str):
        return Stock(None)  # a part of a page that is shown without goods
    return stock_for(row.stock, country, row.minimum_quantity if isinstance(row, Variant) else 1)
