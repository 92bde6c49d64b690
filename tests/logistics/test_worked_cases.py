# ruff: noqa: E501  one case a line
from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from logistics.worked import answer, same

ROOT = Path(__file__).resolve().parents[2]
NAMED = os.environ.get("SHARED_DIR")
PLACES = [*([Path(NAMED)] if NAMED else []), ROOT / ".." / "shared", ROOT / ".." / ".." / "shared"]
SHARED = next((place for place in PLACES if (place / "cases" / "logistics.json").exists()), None)
CASES = json.loads((SHARED / "cases/logistics.json").read_text())["cases"] if SHARED else []
CARDS = json.loads((SHARED / "data/ratecards.json").read_text())["cards"] if SHARED else {}

# From the facts' table of worked examples, beside the file of cases.
MORE = [
    ("chargeable_weight", {"pieces": [{"l": 40, "w": 40, "h": 40, "weight": 5}], "divisor": 6000, "weight_step": "1", "factor": "half"}, {"chargeable_weight": "8"}),
    ("chargeable_weight", {"pieces": [{"l": 26, "w": 10, "h": 11, "weight": 0.4}], "divisor": 5000, "weight_step": "0.5"}, {"chargeable_weight": "1.0"}),
    ("chargeable_weight", {"pieces": [{"l": 60, "w": 40, "h": 20, "weight": 5.625, "qty": 8}], "divisor": 6000, "basis": "per_shipment"}, {"chargeable_weight": "64"}),
    ("air_rate", {"weight_kg": 30, "breaks": [{"from_kg": 0, "rate": "37.15"}, {"from_kg": 45, "rate": "18.28"}]}, {"charge": "822.60", "as_weight": "45"}),
    ("lcl_wm", {"cbm": 0.6, "weight_kg": 300, "rate_per_rt": 45, "min_rt": 1}, {"revenue_tons": "1", "freight": "45"}),
    ("check_digit", {"scheme": "gs1", "digits": "09528765432101234"}, {"check": "6"}),
    ("check_digit", {"scheme": "iso6346", "digits": "CSQU305438"}, {"check": "3"}),
    ("check_digit", {"scheme": "awb_mod7", "digits": "1234567"}, {"check": "5"}),
    ("insurance", {"goods": "100000", "freight": "5000", "markup": "0.10", "rate": "0.0035", "premium_inside_cif": True}, {"insured_value": "115946.39", "premium": "405.81"}),
    ("delivery_estimate", {"ordered": "2026-11-18T10:00", "cutoff": "15:00", "handling_days": [0, 1], "transit_days": [3, 5], "handling_week": "Mon-Fri", "transit_week": "Mon-Sat", "holidays": ["2026-11-20"]}, {"earliest": "2026-11-23", "latest": "2026-11-26"}),
]  # fmt: skip


@pytest.mark.skipif(not CASES, reason="the worked cases lie outside the project (SHARED_DIR)")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_published_case_comes_out_exactly(case: dict[str, Any]):
    got = answer(case["kind"], case["input"], CARDS)

    assert same(case["expected"], got), got


@pytest.mark.skipif(not CARDS, reason="the published tariffs lie outside the project (SHARED_DIR)")
@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"card": "jp_ems", "destination": "US", "weight_g": 2000}, {"price": "7900"}),
        ({"card": "jp_ems", "destination": "HK", "weight_g": 1}, {"zone": 2, "price": "1900"}),
        ({"card": "jp_ems", "destination": "XX", "weight_g": 1}, {"error": "unknown_destination"}),
        (
            {"card": "dhl_sinotrans_historic", "content": "parcel", "zone": 5, "weight_kg": 1.2},
            {"billed_kg": "1.5", "price": "426"},
        ),
        (
            {"card": "dhl_sinotrans_historic", "content": "doc", "zone": 1, "weight_kg": 9.1},
            {"error": "over_max_weight"},
        ),
    ],
)
def test_a_published_tariff_is_read_up_to_and_including(given: dict[str, Any], expected: dict[str, Any]):
    assert same(expected, answer("rate_table", given, CARDS))


@pytest.mark.parametrize(("kind", "given", "expected"), MORE)
def test_a_further_example_of_the_facts_comes_out(kind: str, given: dict[str, Any], expected: dict[str, Any]):
    got = answer(kind, given)

    assert same(expected, got), got
