"""Landed-cost requests with stated measures."""

from __future__ import annotations

from typing import Any


def line(value: str, currency: str, **more: Any) -> dict[str, Any]:
    return {"quantity": "1", "unit_value": {"amount": value, "currency": currency}, **more}


def request(
    to: str, currency: str, lines: list[dict[str, Any]], measures: list[tuple[Any, ...]], **more: Any
) -> dict[str, Any]:
    for index, row in enumerate(lines, 1):
        row["reference"] = str(index)
    nothing = {"amount": "0", "currency": currency}
    given = [
        {"line": row[0], "kind": row[1], "expression": row[2], **(row[3] if len(row) > 3 else {})}
        for row in measures
    ]
    return {
        "on": "2026-11-21", "ship_from": {"country": more.pop("origin", "CN")},
        "ship_to": {"country": to, "region": more.pop("region", None)}, "currency": currency, "lines": lines,
        "measures": given, "freight": nothing, "insurance": nothing, **more,
    }  # fmt: skip


def money(amount: str, currency: str) -> dict[str, str]:
    return {"amount": amount, "currency": currency}


NONE = {"regime": "none"}
