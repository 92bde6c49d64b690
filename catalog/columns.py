"""Whose column is which: match the header of a seller's table to our fields, and remember the answer."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from catalog.models import Import
from marketplace.accounts.models import Company
from marketplace.kit.refusal import Refusal

NUMBERS: Final = ("price", "net_weight_kg", "gross_weight_kg", "length_cm", "width_cm", "height_cm")
COLUMNS: Final = ("code", "title", "description", "category", "materials", "origin", "hs_code",
                  "customs_description", "minimum_quantity", *NUMBERS)  # fmt: skip
NEEDED: Final = ("code", "title", "price")
LABELS: Final[Mapping[str, Any]] = {
    "code": _("Your code"),
    "title": _("Name"),
    "description": _("Text"),
    "category": _("Category"),
    "materials": _("Made of"),
    "origin": _("Made in"),
    "hs_code": _("Customs code"),
    "customs_description": _("Text for customs"),
    "minimum_quantity": _("Smallest order"),
    "price": _("Price"),
    "net_weight_kg": _("Weight of the goods, kg"),
    "gross_weight_kg": _("Weight packed, kg"),
    "length_cm": _("Length, cm"),
    "width_cm": _("Width, cm"),
    "height_cm": _("Height, cm"),
}
# Words that sellers write over such a column; the longest that fits wins.
WORDS: Final[Mapping[str, str]] = {
    "sku": "code", "article": "code", "item": "code", "ref": "code", "reference": "code", "kod": "code",
    "name": "title", "product": "title", "product_name": "title", "nombre": "title", "nama": "title",
    "details": "description", "long_text": "description", "descripcion": "description",
    "group": "category", "type": "category", "kategori": "category",
    "material": "materials", "made_of": "materials", "composition": "materials",
    "country": "origin", "country_of_origin": "origin", "made_in": "origin", "negara": "origin",
    "hs": "hs_code", "customs_code": "hs_code", "tariff": "hs_code", "tariff_code": "hs_code",
    "moq": "minimum_quantity", "min_order": "minimum_quantity", "minimum": "minimum_quantity",
    "min_qty": "minimum_quantity",
    "unit_price": "price", "price_each": "price", "precio": "price", "harga": "price", "cost": "price",
    "net_weight": "net_weight_kg", "weight": "gross_weight_kg", "weight_kg": "gross_weight_kg",
    "gross_weight": "gross_weight_kg", "packed_weight": "gross_weight_kg", "peso": "gross_weight_kg",
    "length": "length_cm", "width": "width_cm", "height": "height_cm",
}  # fmt: skip
LEFT_OUT: Final = frozenset({"what_is_wrong"})
_UNIT: Final = re.compile(r"_(kes|myr|ars|usd|eur|gbp|cny|vnd|try|pen|each|pcs)$")


class ColumnsUnclear(Refusal):
    words = _("Choose one column for each of these: {names}.")
    status = 422


def key(name: str) -> str:
    """Write a header the way we compare it: `Price (KES)` is price."""
    plain = re.sub(r"[\W_]+", "_", name.casefold()).strip("_")
    return _UNIT.sub("", plain)


def guess(header: Sequence[str], remembered: Mapping[str, str]) -> list[str | None]:
    """Give our field for each of their columns; "" is left out, None means that we must ask."""
    found: list[str | None] = []
    for name in header:
        ours = remembered.get(name)
        if ours is None:
            plain = key(name)
            ours = plain if plain in COLUMNS else WORDS.get(plain)
        if ours is None and (key(name) in LEFT_OUT or not name):
            ours = ""
        found.append(None if ours and ours in found else ours)
    return found


def remembered(seller: Company) -> dict[str, str]:
    """Answers that this seller gave for earlier lists: their header to our field."""
    past = (
        Import.objects.filter(seller=seller)
        .exclude(columns=[])
        .exclude(state=Import.State.MATCHING)
        .order_by("-pk")[:20]
        .values_list("header", "columns")
    )
    known: dict[str, str] = {}
    for header, columns in past:
        for theirs, ours in zip(header, columns, strict=True):
            known.setdefault(theirs, ours)
    return known


def clear(columns: Sequence[str | None]) -> bool:
    """Tell whether nothing is left to ask."""
    return None not in columns and all(name in columns for name in NEEDED)


def checked(header: Sequence[str], given: Sequence[str]) -> list[str]:
    """Take a person's answer; raise ColumnsUnclear for a field without a column, or with two."""
    columns = [name if name in COLUMNS else "" for name in given][: len(header)]
    columns += [""] * (len(header) - len(columns))
    wrong = [n for n in COLUMNS if columns.count(n) > 1 or (n in NEEDED and n not in columns)]
    if wrong:
        raise ColumnsUnclear(names=", ".join(str(LABELS[name]) for name in wrong))
    return columns
