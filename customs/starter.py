"""Load the starter tariff that ships with the product; loading it again changes nothing."""

from __future__ import annotations

import csv
import hashlib
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from customs import lanes
from customs.models import (
    Area,
    AreaMember,
    Fee,
    Freshness,
    LowValueRegime,
    Measure,
    MeasureCondition,
    MeasureKind,
    Restriction,
    StackingRule,
    TariffVersion,
    TaxRate,
    VersionState,
)

DATA: Final = Path(__file__).parent / "data"
LABEL: Final = "Starter tariff"
RETRIEVED: Final = date(2026, 11, 21)
EU: Final = [
    "AT",
    "BE",
    "BG",
    "CY",
    "CZ",
    "DE",
    "DK",
    "EE",
    "ES",
    "FI",
    "FR",
    "GR",
    "HR",
    "HU",
    "IE",
    "IT",
    "LT",
    "LU",
    "LV",
    "MT",
    "NL",
    "PL",
    "PT",
    "RO",
    "SE",
    "SI",
    "SK",
]
TAX_REGIONS: Final = {
    "13%": ("ON",), "15%": ("NB", "NL", "PE"), "14%": ("NS",),
}  # fmt: skip


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one starter file."""
    with (DATA / name).open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


def day(text: str) -> date | None:
    """An ISO day or nothing."""
    return date.fromisoformat(text) if text else None


def _sourced(row: dict[str, str]) -> dict[str, Any]:
    return {
        "legal_ref": row.get("legal_ref", ""),
        "source": row.get("source", "") or "starter table",
        "source_date": row.get("source_date", ""),
        "retrieved_on": RETRIEVED,
        "valid_from": day(row.get("valid_from", "")),
        "valid_to": day(row.get("valid_to", "")),
        "confidence": row.get("confidence") or "known",
    }


def measure_kind(row: dict[str, str]) -> dict[str, Any] | None:  # noqa: PLR0911
    """How a starter row enters the tariff; None where a regime already says it."""
    kind, notes, text = row["kind"], row["unit_notes"], row["expression"]
    quota = "in quota only" in notes.lower() or "inside quota" in text.lower()
    if kind == "mfn":
        return {"kind": MeasureKind.QUOTA if quota else MeasureKind.THIRD_COUNTRY_DUTY}
    if kind == "preference":
        return {"kind": MeasureKind.QUOTA if quota else MeasureKind.PREFERENCE}
    if kind == "vat":
        sales = row["destination"] in {"MY", "US"}
        return {"kind": MeasureKind.SALES_TAX if sales else MeasureKind.VAT}
    if kind == "excise":
        if row["destination"] == "CN":
            return {"kind": MeasureKind.CONSUMPTION_TAX, "inside": True}
        wine = notes.startswith("WET")
        return {
            "kind": MeasureKind.EXCISE,
            "base": ["customs_value", "duty", "onward_transport"] if wine else [],
        }
    if "distinct subheading" in text:
        return None
    return _surcharge(row)


# Words of a row → its stacking group; how groups meet stands in STACKING.
AMERICAN_LAYERS: Final = (
    ("section 122 import", "us-122"), ("section 301 brazil", "us-301"), ("section 338 canada", "us-301"),
    ("section 232 copper", "us-232"),
)  # fmt: skip
STACKING: Final = (
    ("US", "us-232", "excludes", "us-301-fl", "91 FR 47318: goods under section 232 are exempt"),
    ("US", "us-232", "excludes", "us-122", "Section 122 proclamation: goods under section 232 are exempt"),
)
# House rule: how many days after the reading a row may carry a promise.
FRESHNESS: Final = (("duty", 365), ("remedy", 180), ("excise", 400), ("tax", 400), ("fee", 400))


def _surcharge(row: dict[str, str]) -> dict[str, Any]:
    notes = row["unit_notes"].lower() + row["expression"].lower() + row["legal_ref"].lower()
    if "forced-labour" in notes and row["code"] == "*":
        return {"kind": MeasureKind.ADDITIONAL, "group": "us-301-fl"}
    for words, group in AMERICAN_LAYERS:
        if words in notes:
            return {"kind": MeasureKind.ADDITIONAL, "group": group}
    if row["destination"] == "CN":
        return {"kind": MeasureKind.SAFEGUARD}
    if row["destination"] == "US" and "anti-dumping" not in notes:
        return {"kind": MeasureKind.ADDITIONAL, "group": "us-301"}
    return {"kind": MeasureKind.ANTI_DUMPING}


def _measures(version: TariffVersion) -> Iterator[Measure]:
    for row in rows("measures.csv"):
        if row["kind"] in lanes.KINDS:
            continue
        shape = measure_kind(row)
        if shape is None:
            continue
        yield Measure(
            version=version,
            destination=row["destination"],
            code=re.sub(r"\D", "", row["code"]),
            code_system=row["code_system"],
            origin_area=row["origin_area"],
            expression=row["expression"],
            notes=row["unit_notes"],
            **shape,
            **_sourced(row),
        )
    known = {"AR", "MY", "KE", "VN", "CN", "TR", "PE"}
    for row in rows("us_forced_labour.csv"):
        if row["origin"] not in known:
            yield Measure(
                version=version,
                destination="US",
                code="",
                code_system="all",
                origin_area=row["origin"],
                expression=row["expression"],
                caps=row["caps"],
                kind=MeasureKind.ADDITIONAL,
                group="us-301-fl",
                notes="Section 301 forced-labour duty on customs value",
                legal_ref="91 FR 47318; HTS chapter 99 note 52",
                source="facts file of 21 Nov 2026",
                retrieved_on=RETRIEVED,
                valid_from=date(2026, 7, 24),
                confidence="read",
            )


def _restrictions() -> Iterator[Restriction]:
    for row in rows("measures.csv"):
        if row["kind"] in lanes.KINDS:
            yield Restriction(
                destination=row["destination"],
                code=re.sub(r"\D", "", row["code"]),
                kind=row["kind"],
                origin_area=row["origin_area"],
                text=row["expression"],
                notes=row["unit_notes"],
                **_sourced(row),
            )


def _areas() -> None:
    europe, _made = Area.objects.get_or_create(code="EU", defaults={"label": "European Union", "group": True})
    for country in EU:
        AreaMember.objects.get_or_create(
            area=europe, country=country, valid_from=None, defaults={"source": "Treaty", "confidence": "read"}
        )
    Area.objects.get_or_create(
        code="DCS", defaults={"label": "Australian developing-country list (members not read)", "group": True}
    )


def _tables() -> None:
    """Rows that belong to no version are replaced as a whole."""
    for model in (Restriction, LowValueRegime, TaxRate, Fee, StackingRule):
        model.objects.filter(retrieved_on=RETRIEVED).delete()
    Restriction.objects.bulk_create(_restrictions())
    StackingRule.objects.bulk_create(
        StackingRule(destination=place, group=group, kind=kind, other=other, legal_ref=law, confidence="read",
                     source="facts file of 21 Nov 2026", retrieved_on=RETRIEVED)
        for place, group, kind, other, law in STACKING
    )  # fmt: skip
    for kind, days in FRESHNESS:
        Freshness.objects.get_or_create(destination="", kind=kind, defaults={"days": days})
    LowValueRegime.objects.bulk_create(
        LowValueRegime(
            destination=row["destination"], kind=row["kind"], limit_currency=row["limit_currency"],
            limit_amount=Decimal(row["limit_amount"]) if row["limit_amount"] else None,
            basis=row["basis"], per=row["per"], duty_rule=row["duty_rule"], tax_rule=row["tax_rule"],
            excluded_goods=row["excluded_goods"], who_collects=row["who_collects"], **_sourced(row),
        )
        for row in rows("low_value_regimes.csv")
    )  # fmt: skip
    TaxRate.objects.bulk_create(
        TaxRate(
            country=row["country"], rate=row["standard"], reduced=row["reduced_with_what"], **_sourced(row)
        )
        for row in rows("tax_rates.csv")
    )
    TaxRate.objects.bulk_create(
        TaxRate(
            country="CA", region=region, rate=rate, source="sales_tax_rates of 2026", confidence="read",
            retrieved_on=RETRIEVED,
        )
        for rate, regions in TAX_REGIONS.items()
        for region in regions
    )  # fmt: skip
    Fee.objects.bulk_create(
        Fee(
            destination=row["destination"], code=row["code"], label=row["label"],
            expression=row["expression"], mode=row["mode"], value_from=Decimal(row["value_from"] or 0),
            value_to=Decimal(row["value_to"]) if row["value_to"] else None, **_sourced(row),
        )
        for row in rows("fee_rules.csv")
    )  # fmt: skip


def content_hash() -> str:
    """One hash over all starter files."""
    found = hashlib.sha256()
    for path in sorted(DATA.iterdir()):
        found.update(path.read_bytes())
    return found.hexdigest()


@transaction.atomic
def load(*, at: datetime) -> tuple[TariffVersion, bool]:
    """Load the starter tariff once; returns the version and whether it was new."""
    hashed = content_hash()
    old = TariffVersion.objects.select_for_update().filter(label=LABEL, state=VersionState.ACTIVE)
    if (same := old.filter(content_hash=hashed).first()) is not None:
        return same, False
    _areas()
    _tables()
    version = TariffVersion.objects.create(
        destination="*", label=LABEL, format="starter", state=VersionState.ACTIVE, content_hash=hashed,
        source="starter table of 21 Nov 2026", activated_at=at, proposed_at=at,
    )  # fmt: skip
    old.exclude(pk=version.pk).update(state=VersionState.RETIRED)
    made = Measure.objects.bulk_create(_measures(version), batch_size=1000)
    MeasureCondition.objects.bulk_create(
        # Originating goods of the agreement are free of the forced-labour duty (91 FR 47318).
        MeasureCondition(measure=measure, document_code="USMCA", label="USMCA certification", action="waive")
        for measure in made
        if measure.group == "us-301-fl" and measure.origin_area in {"CA", "MX"}
    )
    return version, True
