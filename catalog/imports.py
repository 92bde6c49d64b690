"""Many products at once: check a table row by row, put the good rows in, take them out again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from celery import shared_task
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy

from catalog import actions, columns, sheets
from catalog.models import Category, Import, Product, ProductState, Variant
from catalog.rows import Row, check, known_for
from marketplace.accounts.models import Company, User
from marketplace.kit.refusal import Refusal

UNDO_FOR: Final = timedelta(hours=24)
AT_ONCE: Final = 2_000


class NotReady(Refusal):
    words = gettext_lazy("This list is not checked yet, or it is already in.")


class TooLateToUndo(Refusal):
    words = gettext_lazy("A list can be taken out for 24 hours only.")


def start(*, seller: Company, by: User, file_name: str, content: bytes) -> Import:
    """Keep the file's table; check it in the background when every column is known, else ask."""
    table = sheets.read(content, file_name)
    guessed = columns.guess(table.header, columns.remembered(seller))
    clear = columns.clear(guessed)
    made = Import.objects.create(
        seller=seller,
        started_by=by,
        state=Import.State.CHECKING if clear else Import.State.MATCHING,
        file_name=file_name[-120:],
        read_as=table.read_as,
        header=list(table.header),
        columns=[name or "" for name in guessed],
        rows=[list(row) for row in table.rows],
        total=len(table.rows),
    )
    if clear:
        transaction.on_commit(lambda: check_import.delay(import_id=made.pk))
    return made


@transaction.atomic
def match(*, import_id: int, given: list[str]) -> Import:
    """Keep a person's answer about the columns and check the rows with it."""
    made = Import.objects.select_for_update().get(pk=import_id)
    if made.state not in {Import.State.MATCHING, Import.State.CHECKED}:
        raise NotReady
    made.columns = columns.checked(made.header, given)
    made.state, made.progress = Import.State.CHECKING, 0
    made.save(update_fields=["columns", "state", "progress"])
    transaction.on_commit(lambda: check_import.delay(import_id=made.pk))
    return made


@transaction.atomic
def correct(*, import_id: int, cells: Mapping[tuple[int, str], str]) -> Import:
    """Write new values into cells (line, our field) and check the list again."""
    made = Import.objects.select_for_update().get(pk=import_id)
    if made.state != Import.State.CHECKED:
        raise NotReady
    names = made.columns or made.header
    for (line, name), value in cells.items():
        if name in names and 2 <= line <= len(made.rows) + 1:
            made.rows[line - 2][names.index(name)] = value.strip()[:5000]
    made.state = Import.State.CHECKING
    made.save(update_fields=["rows", "state"])
    if made.total <= AT_ONCE:
        return dry_run(made.pk)
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
    names = tuple(made.columns or made.header)
    return sheets.Table(names, tuple(tuple(row) for row in made.rows), made.read_as)


def _teller(made: Import) -> Callable[[int], object]:
    """Write down how many rows are done, for the bar on the page."""
    return lambda done: Import.objects.filter(pk=made.pk).update(progress=done)


def dry_run(import_id: int) -> Import:
    """Count new, changed, same and wrong rows and keep the errors cell by cell; nothing is sold yet."""
    made = Import.objects.select_related("seller").get(pk=import_id)
    if made.state not in {Import.State.CHECKING, Import.State.CHECKED}:
        return made
    rows = check(_table(made), known_for(made.seller), _teller(made))
    known = _known(made.seller, rows)
    counts = {"new": 0, "changed": 0, "same": 0, "wrong": 0}
    for row in rows:
        counts["wrong" if row.errors else _kind(row, known, made.seller)] += 1
    made.counts = counts
    made.errors = [
        {
            "line": row.line,
            "cells": row.errors,
            "warnings": row.warnings,
            "fixes": {name: value for name, value in row.fixes.items() if value},
        }
        for row in rows
        if row.errors or row.warnings
    ]
    made.state, made.progress = Import.State.CHECKED, len(rows)
    made.save(update_fields=["counts", "errors", "state", "progress"])
    return made


def put_in(*, import_id: int, at: datetime) -> Import:
    """Make or change the drafts of all good rows, one transaction a row, so that a restart goes on."""
    claimed = Import.objects.filter(
        pk=import_id, state__in=[Import.State.CHECKED, Import.State.RUNNING]
    ).update(state=Import.State.RUNNING)
    if not claimed:
        raise NotReady
    made = Import.objects.select_related("seller").get(pk=import_id)
    rows = [row for row in check(_table(made), known_for(made.seller)) if not row.errors]
    known = _known(made.seller, rows)
    told = _teller(made)
    for done, row in enumerate(rows):
        if done % 20 == 0:
            told(done)
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
