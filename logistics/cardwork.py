"""Work on a rate card before it counts: read an upload, keep a draft, edit it, try it, put it to work."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from logistics import network, ratecards
from logistics.models import Leg, PriceRow, ServiceVersion, ZoneRow
from logistics.rating.card import Rated, Refused, rate
from logistics.rating.extras import Limits, Surcharge
from logistics.rating.weight import Box, WeightRule
from marketplace.kit.refusal import Refusal

LARGEST: Final = 8_000_000
State = ServiceVersion.State


class FileUnreadable(Refusal):
    words = _("We cannot read {name}. Send a CSV, an XLSX or a published tariff as JSON, up to 8 MB.")
    status = 400


class NotADraft(Refusal):
    words = _("Only a draft can be changed. Make a draft of this version first.")


class RulesUnreadable(Refusal):
    words = _("These rules cannot be read: {why}")
    status = 400


def sheet_of(
    prices: bytes, name: str, zones: bytes = b"", zones_name: str = "", card: str = ""
) -> ratecards.Sheet:
    """Read an upload into a checked sheet; a published file may hold several tariffs, `card` names one."""
    if len(prices) > LARGEST or len(zones) > LARGEST:
        raise FileUnreadable(name=name)
    try:
        if name.lower().endswith(".json"):
            return ratecards.published(_one_card(json.loads(prices), card))
        rows = ratecards.table(prices, name)
        return ratecards.read(
            rows, ratecards.table(zones, zones_name) if zones else _zone_sheet(prices, name)
        )
    except (ValueError, LookupError, TypeError, AttributeError, ArithmeticError, OSError) as trouble:
        raise FileUnreadable(name=name) from trouble
    except Exception as trouble:  # a workbook that is no workbook raises what its reader likes
        if type(trouble).__module__.startswith(("openpyxl", "zipfile")):
            raise FileUnreadable(name=name) from trouble
        raise


def _one_card(data: Mapping[str, Any], card: str) -> Mapping[str, Any]:
    cards = data.get("cards", data)
    found: Mapping[str, Any] = cards if "currency" in cards else cards[card]
    return found


def _zone_sheet(content: bytes, name: str) -> list[dict[str, str]]:
    """Read the second sheet of a workbook as its zones."""
    if not name.lower().endswith(".xlsx"):
        return []
    import openpyxl  # 30 MB in a process that reads no workbook

    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    if len(book.worksheets) < 2:
        return []
    rows = [
        ["" if c is None else str(c) for c in row] for row in book.worksheets[1].iter_rows(values_only=True)
    ]
    return [dict(zip(rows[0], row, strict=False)) for row in rows[1:]] if rows else []


def _draft(pk: int) -> ServiceVersion:
    version = ServiceVersion.objects.select_for_update(of=("self",)).select_related("service").get(pk=pk)
    if version.state != State.DRAFT or version.used_at is not None:
        raise NotADraft
    return version


@transaction.atomic
def copy_as_draft(pk: int, *, valid_from: date) -> ServiceVersion:
    """Open a draft with the rules, prices, zones and legs of a version."""
    old = ServiceVersion.objects.select_related("service").get(pk=pk)
    last = old.service.versions.select_for_update().order_by("-number").first()
    new = ServiceVersion.objects.create(
        service=old.service, number=(last.number if last else 0) + 1, state=State.DRAFT,
        valid_from=valid_from, currency=old.currency, rules=old.rules, source=old.source,
        illustrative=old.illustrative,
    )  # fmt: skip
    prices, zones, legs = list(old.prices.all()), list(old.zones.all()), list(old.legs.all())
    for price in prices:
        price.pk, price.version = None, new
    for zone in zones:
        zone.pk, zone.version = None, new
    for leg in legs:
        leg.pk, leg.version = None, new
    PriceRow.objects.bulk_create(prices)
    ZoneRow.objects.bulk_create(zones)
    Leg.objects.bulk_create(legs)
    return new


@transaction.atomic
def set_price(*, version_id: int, row_id: int, price: str) -> PriceRow:
    """Change one price of a draft."""
    version = _draft(version_id)
    row = version.prices.get(pk=row_id)
    try:
        return ratecards.correct_price(row.pk, Decimal(price.strip()))
    except ArithmeticError as bad:
        raise ratecards.BadPrice from bad


@transaction.atomic
def set_rules(*, version_id: int, text: str) -> ServiceVersion:
    """Take new rules for a draft after reading them as the calculator will."""
    version = _draft(version_id)
    try:
        rules = json.loads(text)
        WeightRule.read(rules)
        Limits.read(rules.get("limits", {}))
        for row in rules.get("surcharges", []):
            Surcharge.read(row)
        for month, percent in rules.get("fuel_percent", {}).items():
            date.fromisoformat(f"{month}-01")
            Decimal(str(percent))
    except (ValueError, KeyError, TypeError, AttributeError, ArithmeticError) as bad:
        raise RulesUnreadable(why=str(bad)[:120] or type(bad).__name__) from bad
    version.rules = rules
    version.save(update_fields=["rules"])
    return version


@transaction.atomic
def put_to_work(pk: int) -> ServiceVersion:
    """Make a draft the version in force from its first day on, and end the one before it."""
    version = _draft(pk)
    ratecards.end_before(version.service, version.valid_from)
    version.state = State.ACTIVE
    version.save(update_fields=["state"])
    transaction.on_commit(network.forget)
    return version


@transaction.atomic
def throw_away(pk: int) -> None:
    """Delete a draft with its rows."""
    version = _draft(pk)
    PriceRow.objects.filter(version=version).delete()
    ZoneRow.objects.filter(version=version).delete()
    version.legs.all().delete()
    version.delete()


def against(version: ServiceVersion) -> tuple[ServiceVersion | None, ratecards.Difference]:
    """Compare a version with the one before it that counts, or counted."""
    before = (
        version.service.versions.exclude(pk=version.pk)
        .exclude(state=State.DRAFT)
        .filter(number__lt=version.number)
        .order_by("-number")
        .first()
    )
    sheet = ratecards.Sheet(
        prices={(row.zone, row.content, row.max_weight_kg): row.price_amount for row in version.prices.all()}
    )
    return before, ratecards.difference(sheet, before)


def tried(version: ServiceVersion, box: Box, *, country: str, postcode: str, on: date) -> Rated | Refused:
    """Rate one box with a version, in force or not."""
    return rate(
        ratecards.card(version), [box], country=country, postcode=postcode, on=max(on, version.valid_from)
    )
