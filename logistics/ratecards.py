"""Rate cards in and out: read CSV, XLSX or a published tariff, check rows, compare, import a version."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, Final

from babel import Locale
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from logistics import network
from logistics.models import Carrier, Mode, PriceRow, Service, ServiceVersion, ZoneRow
from logistics.published import card_of
from logistics.rating.card import Card, ZoneRange
from logistics.rating.extras import Limits, Surcharge
from logistics.rating.shapes import Bands
from logistics.rating.weight import WeightRule
from marketplace.kit.refusal import Refusal

PRICE_COLUMNS: Final = ("zone", "content", "max_weight_kg", "price")
ZONE_COLUMNS: Final = ("zone", "country", "postcode_from", "postcode_to")
COUNTRIES: Final = frozenset(
    code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha()
)
MOST_ROWS: Final = 50_000
Key = tuple[str, str, Decimal]


class CardHasErrors(Refusal):
    words = gettext_lazy("The rate card has {count} errors and was not imported. Correct the rows.")
    status = 400


class VersionInUse(Refusal):
    words = gettext_lazy("This version was used by a quote and stays as it is. Import a new version instead.")


class BadPrice(Refusal):
    words = gettext_lazy("A price is a number that is not below zero.")
    status = 400


@dataclass(frozen=True, slots=True)
class Problem:
    """What is wrong with a row as counted in the file; warnings do not stop an import."""

    row: int
    words: str
    is_error: bool = True


@dataclass
class Sheet:
    """A rate card as read: prices, zones and what is wrong with them."""

    prices: dict[Key, Decimal] = field(default_factory=dict)
    zones: dict[tuple[str, str, str], str] = field(default_factory=dict)
    rows: dict[Key, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def errors(self) -> list[Problem]:
        return [problem for problem in self.problems if problem.is_error]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a new version changes: bands added, removed, and changed from → to."""

    added: tuple[Key, ...]
    removed: tuple[Key, ...]
    changed: tuple[tuple[Key, Decimal, Decimal], ...]


def table(content: bytes, filename: str) -> list[dict[str, str]]:
    """Read the first sheet of a CSV or XLSX file as rows of text."""
    if filename.lower().endswith(".xlsx"):
        import openpyxl  # 30 MB in a process that reads no workbook

        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=True)
        rows = [
            ["" if c is None else str(c) for c in row]
            for row in book.worksheets[0].iter_rows(values_only=True)
        ]
        head, body = (rows[0], rows[1:]) if rows else ([], [])
        return [dict(zip(head, row, strict=False)) for row in body[:MOST_ROWS]]
    text = content.decode("utf-8-sig", errors="replace")
    reader = csv.DictReader(io.StringIO(text))
    return [
        {k: v or "" for k, v in row.items() if k} for row, _n in zip(reader, range(MOST_ROWS), strict=False)
    ]


def read(prices: Iterable[Mapping[str, str]], zones: Iterable[Mapping[str, str]] = ()) -> Sheet:
    """Read rows into a sheet and check them: numbers, countries, overlaps, gaps, falling prices."""
    sheet = Sheet()
    for count, row in enumerate(prices, 2):
        _price_row(sheet, count, row)
    for count, row in enumerate(zones, 2):
        country = row.get("country", "").strip().upper()
        key = (country, row.get("postcode_from", "").strip(), row.get("postcode_to", "").strip())
        if country not in COUNTRIES:
            sheet.problems.append(
                Problem(count, _("%(code)s is not a country code.") % {"code": country or "–"})
            )
        elif key in sheet.zones and sheet.zones[key] != row.get("zone", "").strip():
            sheet.problems.append(Problem(count, _("%(code)s stands in two zones.") % {"code": country}))
        else:
            sheet.zones[key] = row.get("zone", "").strip()
    _check(sheet)
    return sheet


def _price_row(sheet: Sheet, count: int, row: Mapping[str, str]) -> None:
    try:
        weight = Decimal(row.get("max_weight_kg") or row.get("max_weight") or "")
        price = Decimal(row.get("price", ""))
    except InvalidOperation:
        sheet.problems.append(Problem(count, _("Weight and price must be numbers.")))
        return
    if not weight.is_finite() or not price.is_finite() or weight <= 0 or price < 0:
        sheet.problems.append(Problem(count, _("Weight must be above zero and the price not below zero.")))
        return
    key = (row.get("zone", "").strip(), row.get("content", "").strip(), weight)
    if not key[0]:
        sheet.problems.append(Problem(count, _("The zone is missing.")))
    elif key in sheet.prices:
        first = sheet.rows[key]
        words = _("The band overlaps row %(row)s: same zone, content and weight.") % {"row": first}
        sheet.problems.append(Problem(count, words))
    else:
        sheet.prices[key] = price
        sheet.rows[key] = count


def _check(sheet: Sheet) -> None:
    tables: dict[tuple[str, str], list[tuple[Decimal, Decimal, int]]] = {}
    for (zone, content, weight), price in sheet.prices.items():
        tables.setdefault((zone, content), []).append((weight, price, sheet.rows[zone, content, weight]))
    by_content: dict[str, set[Decimal]] = {}
    for (_zone, content), rows in tables.items():
        by_content.setdefault(content, set()).update(weight for weight, _price, _row in rows)
    for (zone, content), rows in tables.items():
        rows.sort()
        for (_w, low, _r), (weight, high, row) in pairwise(rows):
            if high < low:
                facts = {"weight": weight, "zone": zone}
                words = _("The price falls at %(weight)s kg in zone %(zone)s.") % facts
                sheet.problems.append(Problem(row, words, is_error=False))
        missing = {w for w in by_content[content] if w <= rows[-1][0]} - {weight for weight, _p, _r in rows}
        if missing:
            facts = {"zone": zone, "weight": min(missing)}
            words = (
                _("Zone %(zone)s has a gap: no price at %(weight)s kg, where other zones have one.") % facts
            )
            sheet.problems.append(Problem(rows[0][2], words))
    priced = {zone for zone, _content in tables}
    for zone in sorted(set(sheet.zones.values()) - priced):
        sheet.problems.append(Problem(0, _("Zone %(zone)s has countries but no price.") % {"zone": zone}))


def published(data: Mapping[str, Any]) -> Sheet:
    """Turn a published tariff into a checked sheet."""
    card = card_of("published", data)
    rows = [
        {"zone": zone, "content": content, "max_weight_kg": str(up), "price": str(price)}
        for (zone, content), shape in card.prices.items()
        if isinstance(shape, Bands)
        for up, price in zip(shape.upto, shape.prices, strict=True)
    ]
    return read(rows, [{"zone": zone, "country": country} for country, zone in card.zones.items()])


def difference(sheet: Sheet, version: ServiceVersion | None) -> Difference:
    """Compare a sheet with a version in force."""
    old: dict[Key, Decimal] = {}
    if version is not None:
        old = {
            (row.zone, row.content, row.max_weight_kg.normalize()): row.price_amount
            for row in version.prices.all()
        }
    new = {
        (zone, content, weight.normalize()): price for (zone, content, weight), price in sheet.prices.items()
    }
    return Difference(
        added=tuple(sorted(new.keys() - old.keys())),
        removed=tuple(sorted(old.keys() - new.keys())),
        changed=tuple((k, old[k], new[k]) for k in sorted(new.keys() & old.keys()) if old[k] != new[k]),
    )


def active(service_code: str, on: date) -> ServiceVersion | None:
    """Return the version of a service in force on a day."""
    rows = ServiceVersion.objects.filter(
        service__code=service_code, state=ServiceVersion.State.ACTIVE, valid_from__lte=on
    )
    return next((v for v in rows.order_by("-number") if v.valid_until is None or v.valid_until >= on), None)


@transaction.atomic
def import_version(
    sheet: Sheet,
    *,
    carrier: str,
    service_code: str,
    service_name: str,
    mode: str = Mode.POST,
    currency: str,
    valid_from: date,
    source: str,
    rules: Mapping[str, Any] | None = None,
    illustrative: bool = False,
    draft: bool = False,
) -> ServiceVersion:
    """Write a checked sheet as the next version and end the one before it; nothing is written on errors.

    A draft is written beside the version in force and prices nothing until somebody puts it to work.
    """
    if sheet.errors or not sheet.prices:
        raise CardHasErrors(count=len(sheet.errors) or 1)
    house, _made = Carrier.objects.get_or_create(code=carrier.upper()[:20], defaults={"name": carrier})
    service, _new = Service.objects.get_or_create(
        code=service_code, defaults={"carrier": house, "name": service_name, "mode": mode}
    )
    service = Service.objects.select_for_update().get(pk=service.pk)
    last = service.versions.order_by("-number").first()
    if not draft:
        end_before(service, valid_from)
    version = ServiceVersion.objects.create(
        service=service,
        number=last.number + 1 if last else 1,
        state=ServiceVersion.State.DRAFT if draft else ServiceVersion.State.ACTIVE,
        valid_from=valid_from,
        currency=currency,
        rules=dict(rules or {}),
        source=source,
        illustrative=illustrative,
    )
    PriceRow.objects.bulk_create(
        PriceRow(version=version, zone=zone, content=content, max_weight_kg=weight, price_amount=price)
        for (zone, content, weight), price in sheet.prices.items()
    )
    ZoneRow.objects.bulk_create(
        ZoneRow(version=version, zone=zone, country=country, postcode_from=low, postcode_to=high)
        for (country, low, high), zone in sheet.zones.items()
    )
    transaction.on_commit(network.forget)
    return version


def end_before(service: Service, day: date) -> None:
    """End the version in force on the day before; one that would begin later is retired."""
    in_force = service.versions.filter(state=ServiceVersion.State.ACTIVE, valid_until=None)
    in_force.filter(valid_from__lt=day).update(valid_until=day - timedelta(days=1))
    in_force.filter(valid_from__gte=day, valid_until=None).update(state=ServiceVersion.State.RETIRED)


@transaction.atomic
def correct_price(row_id: int, price: Decimal) -> PriceRow:
    """Change a price of a version that no quote has used."""
    row = PriceRow.objects.select_for_update(of=("self",)).select_related("version").get(pk=row_id)
    if row.version.used_at is not None:
        raise VersionInUse
    if not price.is_finite() or price < 0:
        raise BadPrice
    row.price_amount = price
    row.save(update_fields=["price_amount"])
    transaction.on_commit(network.forget)
    return row


def card(version: ServiceVersion) -> Card:
    """Build the calculator's card from a stored version."""
    tables: dict[tuple[str, str], list[tuple[Decimal, Decimal]]] = {}
    for row in version.prices.all():
        tables.setdefault((row.zone, row.content), []).append((row.max_weight_kg, row.price_amount))
    ranges: dict[str, list[ZoneRange]] = {}
    zones: dict[str, str] = {}
    for zone in version.zones.all():
        if zone.postcode_from:
            part = ZoneRange(zone.zone, zone.postcode_from, zone.postcode_to or zone.postcode_from)
            ranges.setdefault(zone.country, []).append(part)
        else:
            zones[zone.country] = zone.zone
    rules = version.rules
    return Card(
        code=str(version),
        currency=version.currency,
        weight=WeightRule.read(rules),
        zones=zones,
        prices={
            key: Bands(tuple(w for w, _p in sorted(rows)), tuple(p for _w, p in sorted(rows)))
            for key, rows in tables.items()
        },
        ranges={country: tuple(parts) for country, parts in ranges.items()},
        limits=Limits.read(rules.get("limits", {})),
        surcharges=tuple(Surcharge.read(row) for row in rules.get("surcharges", [])),
        fuel_percent={month: Decimal(str(p)) for month, p in rules.get("fuel_percent", {}).items()},
        valid_from=version.valid_from,
        valid_to=version.valid_until,
        source=version.source,
    )


def export(version: ServiceVersion) -> tuple[str, str]:
    """Write a version as two CSV texts: prices and zones, in the form that `read` takes."""
    prices, zones = io.StringIO(), io.StringIO()
    writer = csv.writer(prices)
    writer.writerow(PRICE_COLUMNS)
    for row in version.prices.all():
        weight, price = row.max_weight_kg.normalize(), row.price_amount.normalize()
        writer.writerow([row.zone, row.content, f"{weight:f}", f"{price:f}"])
    writer = csv.writer(zones)
    writer.writerow(ZONE_COLUMNS)
    for zone in version.zones.all():
        writer.writerow([zone.zone, zone.country, zone.postcode_from, zone.postcode_to])
    return prices.getvalue(), zones.getvalue()
