"""Many products at once: check a table row by row, put the good rows in, take them out again."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import actions, sheets
from catalog.models import Category, Import, Product, ProductState, Variant
from catalog.readiness import description_words
from marketplace.accounts.models import Company, User
from marketplace.kit.refusal import Refusal

UNDO_FOR: Final = timedelta(hours=24)
TEXTS: Final = {"title": 120, "description": 5000, "materials": 300, "customs_description": 400}
NUMBERS: Final = ("price", "net_weight_kg", "gross_weight_kg", "length_cm", "width_cm", "height_cm")
COLUMNS: Final = ("code", "title", "description", "category", "materials", "origin", "hs_code",
                  "customs_description", "minimum_quantity", *NUMBERS)  # fmt: skip


class NotReady(Refusal):
    words = gettext_lazy("This list is not checked yet, or it is already in.")


class TooLateToUndo(Refusal):
    words = gettext_lazy("A list can be taken out for 24 hours only.")


@dataclass(slots=True)
class Row:
    """One checked row: what it becomes, or what is wrong in which column."""

    line: int
    code: str
    product: dict[str, Any] = field(default_factory=dict)
    variant: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)


def number(text: str) -> Decimal | None:
    """Read 1,234.50 and 1.234,50 and 12,5; raise ValueError for anything else."""
    text = text.replace("\u00a0", "").replace(" ", "").replace("'", "")
    if not text:
        return None
    if "," in text and "." in text:
        thousands = "," if text.rfind(".") > text.rfind(",") else "."
        text = text.replace(thousands, "")
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise ValueError(text) from None
    if not value.is_finite() or abs(value) >= Decimal(10) ** 12:
        raise ValueError(text)
    return value


def check_row(line: int, cells: dict[str, str], shelves: dict[str, Category]) -> Row:
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
    _codes(row, cells, shelves)
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
    elif quantity:
        row.variant["minimum_quantity"] = int(quantity)


def _codes(row: Row, cells: dict[str, str], shelves: dict[str, Category]) -> None:
    if slug := cells.get("category", "").casefold():
        if slug in shelves:
            row.product["category"] = shelves[slug]
        else:
            row.errors["category"] = _("We have no such category.")
    if origin := cells.get("origin", "").upper():
        if len(origin) == 2 and origin.isascii() and origin.isalpha():
            row.product["origin"] = origin
        else:
            row.errors["origin"] = _("Write two letters, for example KE.")
    if code := cells.get("hs_code", "").replace(".", "").replace(" ", ""):
        if code.isascii() and code.isdigit() and 6 <= len(code) <= 12:
            row.product["hs_code"] = code
        else:
            row.errors["hs_code"] = _("A customs code has 6 to 12 digits, for example 460219.")


def _number(row: Row, name: str, text: str) -> None:
    try:
        value = number(text)
    except ValueError:
        row.errors[name] = _("This is not a number.")
        return
    if value is None:
        return
    if value <= 0 or (name != "price" and value > 30_000):
        row.errors[name] = _("Write a number above zero that makes sense.")
        return
    row.variant["price_amount" if name == "price" else name] = value


def check(table: sheets.Table) -> list[Row]:
    """Check every row; the same code twice in one file is an error of the second."""
    shelves = {c.slug: c for c in Category.objects.all()} | {
        c.name.casefold(): c for c in Category.objects.all()
    }
    seen: set[str] = set()
    rows: list[Row] = []
    for line, cells in enumerate(table.rows, start=2):
        row = check_row(line, dict(zip(table.header, cells, strict=True)), shelves)
        if row.code and row.code in seen:
            row.errors["code"] = _("This code stands in the file twice.")
        seen.add(row.code)
        rows.append(row)
    return rows


def start(*, seller: Company, by: User, file_name: str, content: bytes) -> Import:
    """Keep the file's table and check it in the background."""
    table = sheets.read(content, file_name)
    made = Import.objects.create(
        seller=seller,
        started_by=by,
        file_name=file_name[-120:],
        read_as=table.read_as,
        header=list(table.header),
        rows=[list(row) for row in table.rows],
        total=len(table.rows),
    )
    transaction.on_commit(lambda: check_import.delay(import_id=made.pk))
    return made


def _kind(row: Row, known: dict[str, Variant], seller: Company) -> str:
    """Tell what a good row does: it is new, it changes something, or everything is the same."""
    variant = known.get(actions.house_sku(seller, row.code))
    if variant is None:
        return "new"
    now = {**variant.product.changes}
    for name, value in row.product.items():
        held = value.slug if isinstance(value, Category) else value
        present = variant.product.category.slug if name == "category" and variant.product.category else None
        present = present if name == "category" else getattr(variant.product, name)
        if held != now.get(name, present):
            return "changed"
    return "changed" if any(getattr(variant, n) != v for n, v in row.variant.items()) else "same"


def _known(seller: Company, rows: list[Row]) -> dict[str, Variant]:
    skus = [actions.house_sku(seller, row.code) for row in rows]
    found = Variant.objects.filter(sku__in=skus, product__seller=seller).select_related("product__category")
    return {variant.sku: variant for variant in found}


def _table(made: Import) -> sheets.Table:
    return sheets.Table(tuple(made.header), tuple(tuple(row) for row in made.rows), made.read_as)


def dry_run(import_id: int) -> Import:
    """Count new, changed, same and wrong rows and keep the errors cell by cell; nothing is sold yet."""
    made = Import.objects.select_related("seller").get(pk=import_id)
    if made.state not in {Import.State.CHECKING, Import.State.CHECKED}:
        return made
    rows = check(_table(made))
    known = _known(made.seller, rows)
    counts = {"new": 0, "changed": 0, "same": 0, "wrong": 0}
    for row in rows:
        counts["wrong" if row.errors else _kind(row, known, made.seller)] += 1
    made.counts = counts
    made.errors = [{"line": row.line, "cells": row.errors} for row in rows if row.errors]
    made.state = Import.State.CHECKED
    made.save(update_fields=["counts", "errors", "state"])
    return made


def put_in(*, import_id: int, at: datetime) -> Import:
    """Make or change the drafts of all good rows, one transaction a row, so that a restart goes on."""
    claimed = Import.objects.filter(
        pk=import_id, state__in=[Import.State.CHECKED, Import.State.RUNNING]
    ).update(state=Import.State.RUNNING)
    if not claimed:
        raise NotReady
    made = Import.objects.select_related("seller").get(pk=import_id)
    rows = [row for row in check(_table(made)) if not row.errors]
    known = _known(made.seller, rows)
    for row in rows:
        if _kind(row, known, made.seller) != "same":
            _put(made, row, known.get(actions.house_sku(made.seller, row.code)))
    made.state, made.done_at = Import.State.DONE, at
    made.save(update_fields=["state", "done_at"])
    return made


@transaction.atomic
def _put(made: Import, row: Row, variant: Variant | None) -> None:
    if variant is None:
        product = actions.save_draft(seller=made.seller, fields=row.product)
        actions.save_variant(product=product, code=row.code, fields=row.variant)
        Product.objects.filter(pk=product.pk).update(made_by_import=made)
        return
    if row.product:
        actions.save_draft(seller=made.seller, number=variant.product.number, fields=row.product)
    actions.save_variant(product=variant.product, sku=variant.sku, fields=row.variant)


@transaction.atomic
def undo(*, import_id: int, at: datetime) -> int:
    """Take out the drafts that a list made and nobody has handed in since."""
    made = Import.objects.select_for_update().get(pk=import_id)
    if made.state == Import.State.UNDONE:
        return 0
    if made.state != Import.State.DONE or made.done_at is None:
        raise NotReady
    if at - made.done_at > UNDO_FOR:
        raise TooLateToUndo
    drafts = Product.objects.filter(made_by_import=made, state=ProductState.DRAFT)
    gone = drafts.count()
    drafts.delete()
    made.state = Import.State.UNDONE
    made.save(update_fields=["state"])
    return gone


@shared_task(acks_late=True)
def check_import(*, import_id: int) -> None:
    """Check a list."""
    dry_run(import_id)


@shared_task(acks_late=True)
def run_import(*, import_id: int) -> None:
    """Put the good rows of a list in."""
    put_in(import_id=import_id, at=timezone.now())


def export_rows(seller: Company) -> list[list[object]]:
    """Write a seller's products in the columns that the import reads."""
    found = Variant.objects.filter(product__seller=seller).select_related("product__category")
    return [
        [
            v.seller_code, v.product.title, v.product.description,
            v.product.category.slug if v.product.category else "", v.product.materials, v.product.origin,
            v.product.hs_code, v.product.customs_description, v.minimum_quantity, v.price_amount.normalize(),
            v.net_weight_kg, v.gross_weight_kg, v.length_cm, v.width_cm, v.height_cm,
        ]
        for v in found.order_by("product__pk", "position")
    ]  # fmt: skip
