"""One row of a list: what it becomes, or what is wrong in which cell and what it probably means."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from django.utils.translation import gettext as _

from catalog import fixes, sheets
from catalog.columns import NUMBERS
from catalog.fixes import number
from catalog.models import Category, Product
from catalog.readiness import description_words
from marketplace.accounts.models import Company
from marketplace.http import countries

TEXTS: Final = {"title": 120, "description": 5000, "materials": 300, "customs_description": 400}


@dataclass(slots=True)
class Row:
    """One checked row: what it becomes, or what is wrong in which column."""

    line: int
    code: str
    product: dict[str, Any] = field(default_factory=dict)
    variant: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    warnings: dict[str, str] = field(default_factory=dict)
    fixes: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Known:
    """What a row is checked against: our categories, and the customs codes this seller uses."""

    shelves: Mapping[str, Category]
    codes: Mapping[str, int] = field(default_factory=dict)


def check_row(line: int, cells: dict[str, str], known: Known) -> Row:
    """Check one row; every wrong cell has its own sentence."""
    row = Row(line, cells.get("code", "")[:38])
    if not row.code:
        row.errors["code"] = _("Give each row your own code.")
    if not cells.get("title"):
        row.errors["title"] = _("Give the product a name.")
    for name, longest in TEXTS.items():
        if len(cells.get(name, "")) > longest:
            row.errors[name] = _("At most %(n)d letters.") % {"n": longest}
        elif cells.get(name):
            row.product[name] = cells[name]
    if (text := cells.get("customs_description")) and (words := description_words(text)):
        row.errors["customs_description"] = words
    _codes(row, cells, known)
    for name in NUMBERS:
        _number(row, name, cells.get(name, ""))
    if "price" not in row.errors and "price_amount" not in row.variant:
        row.errors["price"] = _("Set a price.")
    _quantity(row, cells.get("minimum_quantity", ""))
    net, gross = row.variant.get("net_weight_kg"), row.variant.get("gross_weight_kg")
    if net and gross and gross < net:
        row.errors["gross_weight_kg"] = _("Packed, it cannot weigh less than without packing.")
    return row


def _quantity(row: Row, quantity: str) -> None:
    if quantity and not (quantity.isascii() and quantity.isdigit() and 1 <= int(quantity[:8]) <= 1_000_000):
        row.errors["minimum_quantity"] = _("Write a number from 1 to 1,000,000.")
        row.fixes["minimum_quantity"] = fixes.figure(quantity).partition(".")[0]
    elif quantity:
        row.variant["minimum_quantity"] = int(quantity)


def _codes(row: Row, cells: dict[str, str], known: Known) -> None:
    if slug := cells.get("category", "").casefold():
        if slug in known.shelves:
            row.product["category"] = known.shelves[slug]
        else:
            row.errors["category"] = _("We have no such category.")
            if near := fixes.nearest(slug, known.shelves):
                row.fixes["category"] = known.shelves[near].name
    if origin := cells.get("origin", ""):
        if code := _country(origin):
            row.product["origin"] = code
        else:
            row.errors["origin"] = _("Write two letters, for example KE.")
            names = {name.casefold(): code for code, name in countries().items()}
            row.fixes["origin"] = names.get(fixes.nearest(origin, names), "")
    if code := cells.get("hs_code", "").replace(".", "").replace(" ", ""):
        if code.isascii() and code.isdigit() and 6 <= len(code) <= 12:
            row.product["hs_code"] = code
        else:
            row.errors["hs_code"] = _("A customs code has 6 to 12 digits, for example 460219.")
            row.fixes["hs_code"] = fixes.longer_code(code, known.codes)


def _country(text: str) -> str:
    """Read KE and Kenya; nothing for a country that does not exist."""
    if text.upper() in countries():
        return text.upper()
    return next((code for code, name in countries().items() if name.casefold() == text.casefold()), "")


def _number(row: Row, name: str, text: str) -> None:
    try:
        value = number(text)
    except ValueError:
        row.errors[name] = _("This is not a number.")
        row.fixes[name] = fixes.figure(text)
        return
    if value is None:
        return
    if value <= 0 or (name != "price" and value > 30_000):
        row.errors[name] = _("Write a number above zero that makes sense.")
        row.fixes[name] = fixes.grams(value) if name.endswith("_kg") and value > 0 else ""
        return
    if name.endswith("_kg") and value > fixes.HEAVY_KG:
        row.warnings[name] = _("%(n)s kg is very heavy. Do you mean grams?") % {"n": f"{value:f}"}
        row.fixes[name] = fixes.grams(value)
    row.variant["price_amount" if name == "price" else name] = value


def known_for(seller: Company) -> Known:
    """Load what the rows of this seller are checked against."""
    every = list(Category.objects.all())
    shelves = {c.slug: c for c in every} | {c.name.casefold(): c for c in every}
    used = Product.objects.filter(seller=seller).exclude(hs_code="").values_list("hs_code", flat=True)
    return Known(shelves, Counter(used))


def check(table: sheets.Table, known: Known, told: Callable[[int], object] = int) -> list[Row]:
    """Check every row; the same code twice in one file is an error of the second."""
    seen: dict[str, int] = {}
    at = table.header.index("code") if "code" in table.header else None
    taken = {cells[at] for cells in table.rows} if at is not None else set()
    rows: list[Row] = []
    for line, cells in enumerate(table.rows, start=2):
        named = {name: cell for name, cell in zip(table.header, cells, strict=True) if name}
        row = check_row(line, named, known)
        if row.code and row.code in seen:
            row.errors["code"] = _("Row %(n)d has the same code.") % {"n": seen[row.code]}
            row.fixes["code"] = fixes.free_code(row.code, taken)
        seen.setdefault(row.code, line)
        rows.append(row)
        if len(rows) % 500 == 0:
            told(len(rows))
    return rows
