"""Loads the starter network into the tables: hubs, legs and the house carrier's illustrative rate cards."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from logistics.insurance import actions as insurance
from logistics.models import Carrier, Hub, Leg, Mode, Service, ServiceVersion

DATA: Final = Path(__file__).parent / "data"
FROM: Final = date(2026, 1, 1)
SOURCE: Final = "Illustrative demo rate, Sampan house rate card"
CARDS: Final[dict[str, tuple[str, str, dict[str, Any]]]] = {
    "first": (
        "Sampan first mile",
        Mode.ROAD,
        {"divisor": "4000", "weight_step": "0.1", "cold_factor": "1.6"},
    ),
    "transfer": ("Sampan transfer between hubs", Mode.ROAD, {}),
    "air": (
        "Sampan air consolidation",
        Mode.AIR,
        {"divisor": "6000", "weight_step": "0.5", "cold_base": "6.00", "cold_per_kg": "1.10"},
    ),
    "sea": ("Sampan shared container", Mode.SEA, {"handling_per_rt": "55.00"}),
    "reefer": ("Sampan frozen container share", Mode.REEFER, {}),
    "last": (
        "Sampan parcel delivery",
        Mode.PARCEL,
        {"divisor": "5000", "weight_step": "0.1", "parcel_kg": "30"},
    ),
}
# What one shipment may be: the van network takes pieces by hand, ships and aircraft take more.
LIMITS: Final = {"max_weight_kg": "70", "max_length_cm": "270", "max_length_plus_girth_cm": "419"}
_FIRM: Final = re.compile(r"^(?P<town>.+?) \((?P<country>[A-Z]{2})\d+\)$")
_CITY: Final = re.compile(r"^(?P<town>.+), (?P<country>[A-Z]{2})$")


def rows(name: str) -> Iterator[dict[str, str]]:
    """Read one of our data files."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


@transaction.atomic
def load() -> dict[str, int]:
    """Fill the network tables from the starter files; a second run changes nothing."""
    for row in rows("hubs.csv"):
        Hub.objects.update_or_create(
            code=row["hub_code"],
            defaults={
                "name": row["name"],
                "kind": row["kind"],
                "country": row["country"],
                "latitude": Decimal(row["lat"]),
                "longitude": Decimal(row["lon"]),
            },
        )
    house, _ = Carrier.objects.get_or_create(code="SAMPAN", defaults={"name": "Sampan house carrier"})
    versions = {
        kind: _version(house, f"SP-{kind.upper()}", name, mode, rules)
        for kind, (name, mode, rules) in CARDS.items()
    }
    for level in json.loads((DATA / "levels.json").read_text(encoding="utf-8")):
        rules = level["rules"] | {"level": level["code"], "modes": level["modes"], "limits": LIMITS}
        _version(house, level["service"], level["name"], Mode.PARCEL, rules)
    have = set(
        Leg.objects.filter(version__in=versions.values()).values_list("version", "start", "end", "mode")
    )
    fresh = [
        Leg(version=versions[kind], **leg)
        for kind, leg in legs()
        if (versions[kind].pk, leg["start"], leg["end"], leg["mode"]) not in have
    ]
    if grown := {leg.version for leg in fresh if leg.version.used_at is not None}:
        fresh = [leg for leg in fresh if leg.version not in grown]
        for version in grown:
            kind = next(name for name, one in versions.items() if one == version)
            newer = _next(version)
            fresh += [Leg(version=newer, **leg) for its, leg in legs() if its == kind]
    Leg.objects.bulk_create(fresh)
    insurance.load_products(FROM)
    return {"hubs": Hub.objects.count(), "legs": Leg.objects.count(), "new_legs": len(fresh)}


def _next(used: ServiceVersion) -> ServiceVersion:
    """Open the version after one that a quote has used: that one stays as it is, and is retired."""
    ServiceVersion.objects.filter(pk=used.pk).update(state=ServiceVersion.State.RETIRED)
    return ServiceVersion.objects.create(
        service=used.service, number=used.number + 1, state=ServiceVersion.State.ACTIVE,
        valid_from=used.valid_from, currency=used.currency, rules=used.rules, source=used.source,
        illustrative=used.illustrative,
    )  # fmt: skip


def _version(house: Carrier, code: str, name: str, mode: str, rules: dict[str, Any]) -> ServiceVersion:
    service, _ = Service.objects.get_or_create(
        code=code, defaults={"carrier": house, "name": name, "mode": mode}
    )
    if known := service.versions.filter(state=ServiceVersion.State.ACTIVE).order_by("-number").first():
        return known
    version, _ = ServiceVersion.objects.get_or_create(
        service=service,
        number=1,
        defaults={
            "state": ServiceVersion.State.ACTIVE,
            "valid_from": FROM,
            "currency": "USD",
            "rules": rules,
            "source": SOURCE,
            "illustrative": True,
        },
    )
    return version


def legs() -> Iterator[tuple[str, dict[str, Any]]]:
    """Read the starter legs, and add one way for "elsewhere" in each country at its dearest price."""
    elsewhere: dict[tuple[str, str, str], tuple[str, dict[str, Any], Decimal]] = {}
    for row in rows("legs.csv"):
        kind, leg = _leg(row)
        yield kind, leg
        if kind == "transfer":
            yield kind, {**leg, "start": leg["end"], "end": leg["start"], "note": "transfer, the way back"}
        side = "start" if kind == "first" else "end"
        if kind in {"first", "last"}:
            country = leg[side].partition(":")[0]
            other = {**leg, side: f"{country}:*", "days_max": leg["days_max"] + 1, "note": "elsewhere"}
            price = Decimal(row["price_per_unit"])
            key = (kind, country, leg["end" if kind == "first" else "start"])
            if key not in elsewhere or elsewhere[key][2] < price:
                elsewhere[key] = (kind, other, price)
    for kind, leg, _price in elsewhere.values():
        yield kind, leg


def _leg(row: dict[str, str]) -> tuple[str, dict[str, Any]]:
    start, end, rate = row["from"], row["to"], row["price_per_unit"]
    price: dict[str, Any]
    if match := _FIRM.match(start):
        kind, mode, start = "first", Mode.ROAD, f"{match['country']}:{match['town']}"
        price = {"shape": "per_kg", "rate": rate, "min_kg": "5"}
    elif match := _CITY.match(end):
        kind, mode, end = "last", Mode.PARCEL, f"{match['country']}:{match['town']}"
        price = {"shape": "first_plus_step", "first_g": 2000, "first": rate, "step_g": 1000, "step": "0.90"}
    elif row["mode"] == "air":
        kind, mode, price = "air", Mode.AIR, {"shape": "per_kg", "rate": rate, "min_kg": "0.5"}
    elif row["mode"] == "sea LCL":
        kind, mode, price = "sea", Mode.SEA, {"shape": "wm", "rate": rate, "min_rt": "1"}
    elif row["mode"].startswith("sea reefer"):
        kind, mode = "reefer", Mode.REEFER
        price = {"shape": "container_share", "price": rate, "capacity_kg": "26000", "min_kg": "50"}
    else:
        kind, mode = "transfer", Mode.RAIL if row["mode"] == "rail" else Mode.ROAD
        price = {"shape": "wm", "rate": rate, "min_rt": "0.05"}
    return kind, {
        "start": start,
        "end": end,
        "mode": mode,
        "distance_km": int(row["distance_km"]),
        "days_min": int(row["transit_days_min"]),
        "days_max": int(row["transit_days_max"]),
        "price": price,
        "note": row["note"][:200],
    }
