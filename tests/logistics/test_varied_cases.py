"""Cases of the same kinds as the published ones, worked by hand: other values, borders, words for the same thing."""

# ruff: noqa: E501  one case a line
from __future__ import annotations

from typing import Any

import pytest

from logistics.worked import answer, same

KG = {
    "unit": "kg",
    "divisor": 5000,
    "dim_round": "none",
    "weight_step": "0.5",
    "basis": "per_piece",
    "factor": "full",
}
LB = {
    "unit": "lb",
    "divisor": 139,
    "dim_round": "ceil",
    "weight_step": "1",
    "basis": "per_piece",
    "factor": "full",
}
EMS = {"unit": "kg", "divisor": None, "weight_steps": [[20.5, "0.5"], [None, "1"]], "basis": "per_piece"}
PACKET = {"max_weight_kg": 2, "max_length_cm": 60, "max_sum_cm": 90}
PARCEL = {"max_weight_kg": 30, "max_length_cm": 150, "max_length_plus_girth_cm": 300}
BREAKS = [{"from_kg": 45, "rate": "9"}, {"from_kg": 0, "rate": "16"}]
BIG = [
    {"l": 130, "w": 40, "h": 40, "weight": 75},
    {"l": 121, "w": 10, "h": 10, "weight": 5},
    {"l": 50, "w": 40, "h": 40, "weight": 10},
]


def piece(length: float, width: float, height: float, weight: float, count: int = 1) -> dict[str, float]:
    return {"l": length, "w": width, "h": height, "weight": weight, "qty": count}


def box(name: str, sides: list[int], most: int, empty: int = 10) -> dict[str, object]:
    return {"name": name, "inner_mm": sides, "empty_g": empty, "max_total_g": most}


def item(count: int, sides: list[int], grams: int, *, flat: bool = True) -> dict[str, object]:
    return {"qty": count, "mm": sides, "weight_g": grams, "keep_flat": flat}


SMALL, LARGE = box("Small", [296, 296, 8], 1000), box("Large", [2960, 2960, 80], 10000, 100)
WEEK = {
    "cutoff": "15:00",
    "handling_days": [0, 1],
    "transit_days": [3, 5],
    "handling_week": "Mon-Fri",
    "transit_week": "Mon-Sat",
}
CASES = [
    ("chargeable_weight", {"pieces": [piece(12, 12, 12, 1)], **LB, "divisor": 166, "from_volume": 1728}, {"chargeable_weight": "1"}),
    ("chargeable_weight", {"pieces": [piece(12.5, 12, 12, 1)], **LB, "dim_round": "half_up", "divisor": 166, "from_volume": 1728}, {"chargeable_weight": "12"}),
    ("chargeable_weight", {"pieces": [piece(10, 8, 6, 12.5)], **LB}, {"chargeable_weight": "13"}),
    ("chargeable_weight", {"pieces": [piece(30.4, 19.4, 19.5, 1)], **LB, "dim_round": "half_up"}, {"chargeable_weight": "83"}),
    ("chargeable_weight", {"pieces": [piece(30, 20, 10, 0.5, 3)], **KG}, {"chargeable_weight": "4.5"}),
    ("chargeable_weight", {"pieces": [piece(30, 20, 11, 0.5, 3)], **KG, "basis": "per_shipment"}, {"chargeable_weight": "4"}),
    ("chargeable_weight", {"pieces": [piece(60, 50, 40, 2), piece(20, 20, 20, 30)], **KG, "divisor": 6000}, {"chargeable_weight": "50"}),
    ("chargeable_weight", {"pieces": [piece(60, 50, 40, 2), piece(20, 20, 20, 30)], **KG, "divisor": 6000, "basis": "per_shipment"}, {"chargeable_weight": "32"}),
    ("chargeable_weight", {"pieces": [piece(40, 40, 40, 20)], **KG, "divisor": 6000, "factor": "half"}, {"chargeable_weight": "20"}),
    ("chargeable_weight", {"pieces": [piece(10, 10, 10, 0.3)], **KG, "weight_step": "0"}, {"chargeable_weight": "0.3"}),
    ("chargeable_weight", {"pieces": [piece(10, 10, 10, 20.2)], **EMS}, {"chargeable_weight": "20.5"}),
    ("chargeable_weight", {"pieces": [piece(10, 10, 10, 20.6)], **EMS}, {"chargeable_weight": "21"}),
    ("chargeable_weight", {"pieces": [piece(10, 10, 10, 21.1)], **EMS, "weight_steps": [{"up_to": 20.5, "step": "0.5"}, {"up_to": None, "step": "1"}]}, {"chargeable_weight": "22"}),
    ("air_volume_weight", {"gross_kg": 400, "cbm": 2}, {"volume_weight": "333.33", "chargeable": "gross"}),
    ("air_rate", {"weight_kg": 20, "breaks": BREAKS}, {"charge": "320.00", "as_weight": "20"}),
    ("air_rate", {"weight_kg": 45, "breaks": BREAKS}, {"charge": "405.00", "as_weight": "45"}),
    ("air_rate", {"weight_kg": 2, "min_charge": "50", "breaks": BREAKS}, {"charge": "50.00"}),
    ("air_rate", {"weight_kg": 98, "breaks": [*BREAKS, {"from_kg": 100, "rate": "8"}]}, {"charge": "800.00", "as_weight": "100"}),
    ("lcl_wm", {"cbm": 1.5, "weight_kg": 2600, "rate_per_rt": "45", "min_rt": 1}, {"revenue_tons": "2.6", "freight": "117"}),
    ("lcl_wm", {"cbm": 0.4, "weight_kg": 500, "rate_per_rt": "45", "min_rt": "0.5"}, {"revenue_tons": "0.5", "freight": "22.5"}),
    ("surcharge", {"type": "per_kg_with_minimum", "per_kg": "0.45", "minimum": "20.00", "chargeable_kg": 44}, {"total": "20.00"}),
    ("surcharge", {"type": "per_kg_with_minimum", "per_kg": "36", "minimum": "2100", "chargeable_kg": 58}, {"total": "2100"}),
    ("surcharge", {"type": "per_kg", "per_kg": "36", "maximum": "2000", "chargeable_kg": 70}, {"total": "2000"}),
    ("surcharge", {"type": "flat_per_piece", "amount": "5.00", "pieces": 3, "fuel_pct": "10"}, {"total": "16.50"}),
    ("surcharge", {"type": "flat_per_piece", "amount": "5.00", "pieces": 3, "fuel_pct": "10", "fuelable": False}, {"total": "15.00"}),
    ("surcharge", {"type": "flat_per_shipment_once", "amount": "810.00", "fuel_pct": "10", "triggers": ["longest_side>120cm", "piece>70kg"], "pieces": BIG}, {"total": "891.00"}),
    ("surcharge", {"type": "flat_per_piece", "amount": "810.00", "triggers": ["longest_side>120cm", "piece>70kg"], "pieces": BIG}, {"total": "1620.00"}),
    ("surcharge", {"type": "flat_per_shipment_once", "amount": "810.00", "triggers": ["piece>70kg"], "pieces": BIG[1:]}, {"total": "0"}),
    ("rate_formula", {"pricing": {"type": "first_plus_step", "first_g": 500, "first": "52.50", "step_g": 500, "step": "15.00"}, "weight_g": 501}, {"price": "67.50"}),
    ("rate_formula", {"pricing": {"type": "base_plus_per_gram", "base": "1.90", "per_gram": "0.065", "min_g": 50}, "weight_g": 20}, {"price": "5.15"}),
    ("rate_formula", {"pricing": {"type": "base_plus_per_gram", "base": "1.90", "per_gram": "0.065", "max_g": 2000}, "weight_g": 2001}, {"error": "over_max_weight"}),
    ("size_limit", {"dims_cm": [11, 61, 10], "weight_kg": 1, "rule": PACKET}, {"accepted": False, "reason": "length"}),
    ("size_limit", {"dims_cm": [20, 10, 60], "weight_kg": 2, "rule": PACKET}, {"accepted": True}),
    ("size_limit", {"dims_cm": [36, 150, 39], "weight_kg": 30, "rule": PARCEL}, {"accepted": True}),
    ("size_limit", {"dims_cm": [130, 60, 30], "weight_kg": 30, "rule": {"max_dims_cm": [120, 60, 60]}}, {"accepted": False, "reason": "size"}),
    ("check_digit", {"scheme": "sscc", "digits": "0 9528765 432101234"}, {"check": "6"}),
    ("check_digit", {"scheme": "upu_s10", "digits": "00000000"}, {"check": "5"}),
    ("check_digit", {"scheme": "upu_s10", "digits": "00000050"}, {"check": "0"}),
    ("insurance", {"goods": "20000", "freight": "1500", "markup": "0.10", "rate": "0.0010", "minimum": "50"}, {"insured_value": "23650.00", "premium": "50.00"}),
    ("parcel_insurance", {"value": "100.01", "pct": "1.0", "minimum": "1.00"}, {"premium": "1.00"}),
    ("parcel_insurance", {"value": "150.00", "pct": "2", "minimum": "1.00"}, {"premium": "3.00"}),
    ("delivery_estimate", {"ordered": "2026-11-18T14:59", **WEEK}, {"earliest": "2026-11-21", "latest": "2026-11-25"}),
    ("delivery_estimate", {"ordered": "2026-11-21T10:00", **WEEK}, {"earliest": "2026-11-26", "latest": "2026-11-30", "earliest_day_number": 6, "latest_day_number": 10}),
    ("delivery_estimate", {"ordered": "2026-11-18T16:00", **WEEK, "handling_holidays": ["2026-11-19"]}, {"earliest": "2026-11-24", "latest": "2026-11-28"}),
    ("packing", {"boxes": [SMALL, LARGE], "items": [item(3, [2500, 2500, 20], 2000)]}, {"Small": 0, "Large": 1}),
    ("packing", {"boxes": [SMALL, LARGE], "items": [item(5, [250, 250, 2], 200)]}, {"Small": 0, "Large": 1}),
    ("packing", {"boxes": [box("Small", [292, 336, 60], 9000), box("Large", [421, 548, 335], 10000, 100)], "items": [item(1, [226, 200, 40], 440), item(1, [200, 200, 155], 1660)]}, {"Small": 0, "Large": 1}),
    ("packing", {"boxes": [box("bin", [24, 24, 24], 10**9, 0)], "items": [item(70, [6, 10, 3], 1, flat=False)]}, {"max_items_in_one_box": 70}),
    ("packing", {"boxes": [box("bin", [165, 225, 25], 10**9, 0)], "items": [item(20, [69, 20, 23], 1, flat=False)]}, {"max_items_in_one_box": 20}),
    ("storage_volume", {"cm": [30, 20, 15]}, {"cubic_feet": "0.318"}),
    ("storage_volume", {"in": [12, 12, 12]}, {"cubic_feet": "1.000"}),
    ("storage_bins", {"bin_in": [48, 42, 15], "item_in": [12, 10, 4], "units": [63, 64], "fee_per_bin": "6.00"}, {"bins": [1, 2], "fee": ["6.00", "12.00"]}),
    ("customs_form", {"value_sdr": 300, "weight_kg": 2, "service": "letter_post"}, {"form": "CN22"}),
    ("customs_form", {"value_sdr": 300.01, "weight_kg": 1, "service": "letter_post"}, {"form": "CN23"}),
    ("customs_form", {"value_sdr": 100, "weight_kg": 1, "service": "parcel"}, {"form": "CN23"}),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "given", "expected"), CASES)
def test_a_case_worked_by_hand_comes_out_exactly(kind: str, given: dict[str, Any], expected: dict[str, Any]):
    got = answer(kind, given)

    assert same(expected, got), got


def test_an_unknown_kind_of_surcharge_is_refused_instead_of_guessed():
    with pytest.raises(ValueError, match="Unknown kind of surcharge 'by_mood'"):
        answer("surcharge", {"type": "by_mood", "amount": "5.00"})
