"""Goods rules: what may go by whom, how and where."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from logistics.goods import RULES, GoodsTraits, judge

CELL = GoodsTraits(battery_wh=Decimal(37), battery_un="UN3481")
NO_MAGNETS = replace(
    next(rule for rule in RULES if rule.code == "magnet-by-air"),
    verdict="refused",
    carriers=frozenset({"house"}),
    origins=frozenset({"CN", "VN"}),
    destinations=frozenset({"US"}),
)


@pytest.mark.parametrize(
    ("carrier", "expected"),
    [("house", ["battery-in-equipment"]), ("fedex", ["battery-in-equipment", "battery-asks-the-carrier"])],
)
def test_a_carrier_may_ask_for_more(carrier: str, expected: list[str]) -> None:
    refused, asks = judge(CELL, modes={"air"}, level="express", carrier=carrier, lane=("VN", "DE"))

    assert refused is None
    assert [rule.code for rule in asks] == expected


@pytest.mark.parametrize(
    ("carrier", "lane", "mode", "refuses"),
    [
        ("house", ("CN", "US"), "air", True),
        ("house", ("VN", "US"), "air", True),
        ("house", ("KE", "US"), "air", False),
        ("house", ("CN", "DE"), "air", False),
        ("fedex", ("CN", "US"), "air", False),
        ("house", ("CN", "US"), "sea", False),
    ],
)
def test_a_rule_counts_for_its_carrier_lane_and_mode_only(
    carrier: str, lane: tuple[str, str], mode: str, refuses: bool
) -> None:
    found, _asks = judge(
        GoodsTraits(magnet=True),
        modes={mode},
        level="standard",
        carrier=carrier,
        lane=lane,
        rules=(NO_MAGNETS,),
    )

    assert (found is NO_MAGNETS) is refuses


def test_every_rule_names_its_source_and_a_refusal_a_way_out() -> None:
    for rule in RULES:
        assert rule.source
        assert rule.way_out or rule.verdict != "refused", rule.code
