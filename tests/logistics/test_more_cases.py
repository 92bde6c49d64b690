"""Further cases of the kinds that go wrong most easily, worked by hand: a row is the question and its answer."""

# ruff: noqa: E501  one case a line
from __future__ import annotations

from typing import Any

import pytest

from logistics.worked import answer, same


def volume(
    size: tuple[float, float, float], kg: float, divisor: float | None, expected: str, **more: Any
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    length, width, height = size
    pieces = more.pop(
        "pieces", [{"l": length, "w": width, "h": height, "weight": kg, "qty": more.pop("qty", 1)}]
    )
    rule = {
        "unit": "kg",
        "divisor": divisor,
        "dim_round": "none",
        "weight_step": "0.5",
        "basis": "per_piece",
        "factor": "full",
    }
    return "chargeable_weight", rule | {"pieces": pieces} | more, {"chargeable_weight": expected}


def pounds(divisor: int, expected: str) -> tuple[str, dict[str, Any], dict[str, Any]]:
    return volume((12, 12, 12), 1, divisor, expected, unit="lb", weight_step="1", dim_round="ceil")


TWO = [
    {"l": 60, "w": 40, "h": 40, "weight": 10, "qty": 1},
    {"l": 20, "w": 20, "h": 20, "weight": 5.1, "qty": 1},
]
BANDS = [[20.5, "0.5"], [None, "1"]]
BOX = (40, 30, 20)  # 24,000 cm³
DIVISORS = [
    volume(BOX, 4, 5000, "5"),  # 4.8
    volume(BOX, 4, 6000, "4"),  # 4.0
    volume(BOX, 4, 4000, "6"),
    volume(BOX, 4, 3000, "8"),
    volume(BOX, 3.2, 7000, "3.5"),  # 3.43
    volume(BOX, 3.6, 8000, "4"),  # 3.0 by volume, 3.6 on the scales
    volume(BOX, 4.8, 5000, "5"),
    volume(BOX, 5.01, 5000, "5.5"),
    volume((30.4, 20.4, 10.4), 1, 5000, "1.2", dim_round="half_up", weight_step="0.1"),  # 30 × 20 × 10
    volume((30.4, 20.4, 10.4), 1, 5000, "1.5", dim_round="ceil", weight_step="0.1"),  # 31 × 21 × 11 = 1.4322
    volume((50, 40, 30), 8, 6000, "20", qty=2, basis="per_shipment"),  # 120,000 ÷ 6,000
    volume(BOX, 0, 5000, "25", pieces=TWO),  # 19.5 + 5.5
    volume(BOX, 0, 5000, "21", pieces=TWO, basis="per_shipment"),  # 20.8 by volume, 15.1 on the scales
    volume((70, 50, 40), 9, 6000, "24", weight_steps=BANDS),  # 23.33: whole kilograms above 20.5
    volume((60, 50, 40), 9, 6000, "20", weight_steps=BANDS),
    pounds(139, "13"),  # 12.43
    pounds(166, "11"),  # 10.41
    pounds(194, "9"),  # 8.91
    pounds(250, "7"),  # 6.91
]  # fmt: skip
WAIVED = [
    volume(BOX, 1.1, 5000, "1.5", factor="none"),
    volume(BOX, 1.1, None, "1.5"),
    volume((100, 100, 100), 0.2, 5000, "0.5", factor="none"),
    volume((100, 100, 100), 0.5, 5000, "0.5", factor="none"),
    volume((100, 100, 100), 12.51, 6000, "13", factor="none"),
    volume(BOX, 2, 6000, "3", factor="half"),  # (2 + 4) ÷ 2
    volume(BOX, 4, 6000, "4", factor="half"),
    volume(BOX, 7, 6000, "7", factor="half"),  # heavier than its volume
    volume((40, 40, 40), 5, 6000, "8", factor="half"),  # 10.67: (5 + 10.67) ÷ 2 = 7.83
    volume((40, 40, 40), 5, 8000, "6.5", factor="half"),  # (5 + 8) ÷ 2
    volume((39, 30, 20), 1.2, 6000, "1.5", from_side=40),  # 3.9 by volume: waived below 40 cm
    volume((40, 30, 20), 1.2, 6000, "4", from_side=40),
    volume((40, 39, 20), 0.3, 6000, "5.5", from_side=40),  # 5.2
    volume((12, 12, 12), 1, 166, "1", unit="lb", weight_step="1", from_volume=1728),
    volume((12, 12, 12.1), 1, 166, "11", unit="lb", weight_step="1", from_volume=1728),  # 10.5
]  # fmt: skip


def lcl(
    cbm: float, kg: float, rate: str, least: float | None, tons: str, freight: str
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    given = {"cbm": cbm, "weight_kg": kg, "rate_per_rt": rate} | ({} if least is None else {"min_rt": least})
    return "lcl_wm", given, {"revenue_tons": tons, "freight": freight}


SHARED = [
    lcl(0.2, 150, "60", 1, "1", "60"),
    lcl(0.99, 990, "60", 1, "1", "60"),
    lcl(1.01, 500, "60", 1, "1.01", "60.6"),
    lcl(1, 1001, "60", 1, "1.001", "60.06"),
    lcl(3, 2500, "38.5", 2, "3", "115.5"),
    lcl(1.2, 900, "38.5", 2, "2", "77"),
    lcl(0.1, 800, "50", None, "1", "50"),
    lcl(2.5, 4200, "41", 1, "4.2", "172.2"),
    lcl(7.25, 7250, "20", 1, "7.25", "145"),
    lcl(0.05, 20, "95", 0.5, "0.5", "47.5"),
    lcl(0.5, 500, "95", 0.5, "0.5", "47.5"),
    lcl(0.51, 100, "95", 0.5, "0.51", "48.45"),
    lcl(10, 12345, "33.3", 1, "12.345", "411.0885"),
    lcl(1, 1000, "45", 3, "3", "135"),
    lcl(2.999, 3000, "10", 1, "3", "30"),
]  # fmt: skip
STEPS = [
    {"from_kg": 0, "rate": "16"},
    {"from_kg": 45, "rate": "9"},
    {"from_kg": 100, "rate": "8"},
    {"from_kg": 300, "rate": "7"},
]


def air(
    kg: float, charge: str, as_weight: str = "", **more: Any
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    expected = {"charge": charge} | ({"as_weight": as_weight} if as_weight else {})
    return "air_rate", {"weight_kg": kg, "breaks": STEPS} | more, expected


AIR = [
    air(10, "160.00", "10"),
    air(25, "400.00", "25"),  # as 45 kg it is 405
    air(26, "405.00", "45"),  # 416 by itself
    air(44.5, "405.00", "45"),
    air(45, "405.00", "45"),
    air(45.5, "409.50", "45.5"),
    air(60, "540.00", "60"),
    air(88, "792.00", "88"),
    air(89, "800.00", "100"),  # 801 by itself
    air(100, "800.00", "100"),
    air(262, "2096.00", "262"),
    air(263, "2100.00", "300"),  # 2,104 by itself
    air(300, "2100.00", "300"),
    air(1000, "7000.00", "1000"),
    air(3, "80.00", minimum="80"),
    air(5, "80.00", "5", minimum="80"),
    air(6, "96.00", "6", minimum="80"),
    air(89, "800.00", "100", breaks=list(reversed(STEPS))),
]  # fmt: skip


def remote(kg: float, total: str, **more: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    rule = {"type": "per_kg_with_minimum", "per_kg": "0.45", "minimum": "20.00", "chargeable_kg": kg}
    return "surcharge", rule | more, {"total": total}


REMOTE = [
    remote(10, "20.00"),
    remote(44.4, "20.00"),  # 19.98
    remote(44.5, "20.03"),  # 20.025, half up
    remote(100, "45.00"),
    remote(200, "60.00", maximum="60.00"),
    remote(133.3, "59.99", maximum="60.00"),  # 59.985
    remote(133.4, "60.00", maximum="60.00"),  # 60.03
    remote(100, "50.63", fuel_pct="12.5"),  # 50.625
    remote(200, "67.50", maximum="60.00", fuel_pct="12.5"),
    remote(100, "45.00", fuel_pct="12.5", fuelable=False),
    remote(10, "22.00", fuel_pct="10"),
    remote(10, "20.00", minimum="20.00", maximum="25.00"),
    remote(58.3, "2100", per_kg="36", minimum="2100"),  # 2,098.8
    remote(58.5, "2106", per_kg="36", minimum="2100"),
    remote(45, "168", per_kg="3.7", minimum="168"),  # 166.5
    remote(46, "170.2", per_kg="3.7", minimum="168"),
]  # fmt: skip


def fits(
    box: list[int], thing: list[int], count: int, most: int, *, flat: bool = False
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    boxes = [{"name": "bin", "inner_mm": box, "empty_g": 0, "max_total_g": 10**9}]
    return (
        "packing",
        {"boxes": boxes, "items": [{"qty": count, "mm": thing, "weight_g": 1, "keep_flat": flat}]},
        {"max_items_in_one_box": most},
    )


def packed(
    count: int, thing: list[int], grams: int, *, flat: bool = True, **expected: int
) -> tuple[str, dict[str, Any], dict[str, Any]]:
    boxes = [
        {"name": "Small", "inner_mm": [296, 296, 8], "empty_g": 10, "max_total_g": 1000},
        {"name": "Large", "inner_mm": [2960, 2960, 80], "empty_g": 100, "max_total_g": 10000},
    ]
    return (
        "packing",
        {"boxes": boxes, "items": [{"qty": count, "mm": thing, "weight_g": grams, "keep_flat": flat}]},
        dict(expected),
    )


PACKING = [
    fits([100, 100, 100], [50, 50, 50], 8, 8),
    fits([100, 100, 100], [50, 50, 50], 9, 8),
    fits([100, 100, 100], [33, 33, 33], 27, 27),
    fits([10, 10, 10], [5, 5, 10], 4, 4),
    fits([60, 40, 30], [30, 20, 10], 12, 12),
    fits([90, 40, 30], [40, 30, 30], 3, 3),
    fits([6, 1, 5], [3, 1, 2], 5, 5),  # another packer finds four
    fits([20, 20, 100], [100, 20, 20], 1, 1),
    fits([10, 10, 10], [11, 1, 1], 1, 0),
    packed(4, [250, 250, 2], 200, Small=1, Large=0),  # 810 g, eight millimetres high
    packed(5, [250, 250, 2], 100, Small=0, Large=1),  # ten millimetres high
    packed(4, [250, 250, 2], 248, Small=0, Large=1),  # 1,002 g with the box
    packed(4, [250, 250, 2], 247, Small=1, Large=0),  # 998 g
    packed(1, [3000, 10, 10], 5, Small=0, Large=0, left_over=1, boxes=0),
    packed(1, [20, 20, 100], 5, Small=0, Large=0, left_over=1),  # must stand, and no box is so high
    packed(1, [20, 20, 100], 5, flat=False, Large=1, Small=0),  # lies down: 100 × 20 × 20
]  # fmt: skip


def days(ordered: str, earliest: str, latest: str, **more: Any) -> tuple[str, dict[str, Any], dict[str, Any]]:
    week = {
        "cutoff": "15:00",
        "handling_days": [0, 1],
        "transit_days": [3, 5],
        "handling_week": "Mon-Fri",
        "transit_week": "Mon-Sat",
    }
    return "delivery_estimate", week | {"ordered": ordered} | more, {"earliest": earliest, "latest": latest}


XMAS = ["2026-12-25", "2026-12-26"]
SPRING = [f"2026-02-{day}" for day in range(16, 23)]
AT_ONCE = {"handling_days": [0, 0], "transit_days": [0, 0]}
HOLIDAYS = [
    days("2026-12-21T10:00", "2026-12-24", "2026-12-30", holidays=XMAS),
    days("2026-12-24T16:00", "2026-12-31", "2027-01-04", holidays=XMAS),
    days("2026-12-24T16:00", "2026-12-31", "2027-01-05", holidays=[*XMAS, "2027-01-01"]),
    days("2026-12-24T14:59", "2026-12-30", "2027-01-02", holidays=XMAS),
    days("2026-02-14T10:00", "2026-02-25", "2026-02-27", transit_holidays=SPRING),
    days("2026-02-14T10:00", "2026-02-26", "2026-03-02", holidays=SPRING),
    days("2026-02-14T10:00", "2026-02-26", "2026-03-02", handling_holidays=SPRING),
    days("2026-11-23T09:00", "2026-11-26", "2026-11-26", handling_days=[2, 2], transit_days=[1, 1]),
    days("2026-11-20T14:00", "2026-11-20", "2026-11-20", **AT_ONCE),
    days("2026-11-20T15:00", "2026-11-20", "2026-11-20", **AT_ONCE),
    days("2026-11-20T15:01", "2026-11-23", "2026-11-23", **AT_ONCE),
    days("2026-11-21T10:00", "2026-11-23", "2026-11-23", handling_week="Mon-Sat", handling_days=[0, 0], transit_days=[1, 1]),
    days("2026-11-19T10:00", "2026-11-23", "2026-11-25", transit_week="Mon-Fri", transit_days=[2, 3]),
    days("2026-11-22T23:00", "2026-11-25", "2026-11-26", handling_days=[1, 2], transit_days=[1, 1]),
    days("2026-11-20T14:00", "2026-11-21", "2026-11-24", transit_days=[1, 1], handling_days=[0, 1], handling_holidays=["2026-11-21"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [*DIVISORS, *WAIVED, *SHARED, *AIR, *REMOTE, *PACKING, *HOLIDAYS],
)
def test_a_further_case_worked_by_hand_comes_out_exactly(
    kind: str, given: dict[str, Any], expected: dict[str, Any]
):
    got = answer(kind, given)

    assert same(expected, got), got
