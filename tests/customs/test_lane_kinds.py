"""What a lane asks for has its true kind in the shipped rows, and in pre-flight, price and hold."""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pytest

from catalog.models import Product, Variant
from customs import lanes, stored
from customs import starter as tariff
from customs.assessment import GoodsLine, LandedCase, assess
from customs.clearance import examine
from customs.grounds import gather
from customs.models import Declaration, Restriction, Severity
from customs.preflight import preflight
from marketplace.kit.money import Money
from marketplace.kit.places import Place
from tests.customs.world import NOON, basket, company, declared

pytestmark = pytest.mark.django_db
FILE = Path(tariff.__file__).parent / "data" / "measures.csv"


def shipped() -> list[dict[str, str]]:
    with FILE.open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["kind"] in lanes.KINDS]


def test_the_shipped_rows_have_kinds_and_known_rows_stay_known() -> None:
    found = Counter((row["kind"], row["confidence"]) for row in shipped())

    assert b"\r" not in FILE.read_bytes()
    assert found == {
        ("certificate", "read"): 5, ("licence", "read"): 10, ("document", "read"): 7,
        ("certificate", "known"): 24, ("licence", "known"): 21, ("document", "known"): 86,
        ("observation", "known"): 3, ("prohibition", "known"): 2,
    }  # fmt: skip
    certificates = [row["expression"] for row in shipped() if row["kind"] == "certificate"]
    assert all("certificate" in text for text in certificates)


def test_every_shipped_row_is_stored_with_its_kind() -> None:
    tariff.load(at=NOON)

    kinds = Counter(Restriction.objects.exclude(source__startswith="test").values_list("kind", flat=True))
    assert kinds["certificate"] == 29
    assert kinds["observation"] == 3


@pytest.mark.parametrize(
    ("kind", "said", "papers", "warned"),
    [
        ("certificate", "Certificate", 1, False),
        ("licence", "Licence", 1, False),
        ("observation", "", 0, True),
    ],
)
def test_checkout_names_the_kind_and_a_watched_lane_asks_for_nothing(
    kind: str, said: str, papers: int, warned: bool
) -> None:
    Restriction.objects.create(
        destination="EU", code="4602", kind=kind, text="Plant paper", source="test", confidence="read"
    )
    stored.forget()
    euro = Money(Decimal(10), "EUR")
    line = GoodsLine("1", "460219", "KE", "basket", Decimal(1), euro, Decimal(1), Decimal(1))

    found = assess(LandedCase(NOON.date(), Place("KE"), Place("DE"), "EUR", (line,), euro, euro, {}))

    assert [paper.facts["kind"] for paper in found.papers] == [said] * papers
    assert ("Customs watches these goods: Plant paper" in found.warnings) is warned


def test_preflight_shows_the_kind_and_a_watched_lane_stays_open() -> None:
    product = Product.objects.create(
        number="PRD-1", slug="basket", seller=company("COM-1", "Kiondo Weavers"), title="Basket",
        hs_code="460219", origin="KE",
        customs_description="woven basket, of sisal 100%, for storing things at home",
    )  # fmt: skip
    Variant.objects.create(
        product=product, sku="B-1", price_amount=10, currency="EUR", net_weight_kg=Decimal("0.5"),
        gross_weight_kg=Decimal("0.6"),
    )  # fmt: skip
    common = {"code": "4602", "text": "Plant paper", "source": "test", "confidence": "read"}
    Restriction.objects.create(destination="EU", kind="certificate", **common)
    Restriction.objects.create(destination="GB", kind="observation", **common)

    germany, britain = preflight(product, ["DE", "GB"], NOON.date()).markets

    assert ([need.kind for need in germany.needs], germany.verdict) == (["Certificate"], "needs")
    assert ([note.kind for note in britain.notes], britain.verdict) == (["Watched by customs"], "sellable")


@pytest.mark.parametrize(("confidence", "severity"), [("read", Severity.PAPERS), ("known", Severity.NOTE)])
def test_a_licence_that_is_general_knowledge_stops_no_parcel(confidence: str, severity: Severity) -> None:
    declaration = declared("ORD-1", company("COM-1", "Kiondo Weavers"), basket())
    line = declaration.lines.get(position=1)
    Restriction.objects.create(
        destination=declaration.to_country, code=line.hs_code[:4], kind="licence", text="Plant licence",
        source="test", confidence=confidence,
    )  # fmt: skip

    found = [
        one for one in examine(gather(Declaration.objects.get(), NOON)).found if one.rule == "R-LANE-001"
    ]

    assert [(one.severity, one.evidence["kind"]) for one in found] == [(severity, "Licence")]
