"""Our own plain CSV: one measure a row; the columns after `valid_to` may be left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from customs.tariffs.base import Areas, BadFile, Fault, TariffRow, Text, day, digits, table

NEEDED: Final = ("code", "kind", "origin_area", "expression", "valid_from", "valid_to")


def read(text: Text, _areas: Areas) -> Iterator[TariffRow]:
    """Rows as written; lists in a cell are divided by blanks."""
    for row, cells in table(text, *NEEDED):
        first, last = (day(cells[name], row, name) for name in ("valid_from", "valid_to"))

        def many(name: str) -> tuple[str, ...]:
            return tuple(cells.get(name, "").split())  # noqa: B023

        seasons = {name: cells.get(name, "").strip() for name in ("season_from", "season_to")}
        for name, season in seasons.items():
            if season and not re.fullmatch(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", season):
                raise BadFile(Fault(row, name, "give a day of the year as MM-DD"))
        yield TariffRow(
            row, digits(cells["code"]), cells["expression"].strip(), cells["kind"].strip(),
            cells["origin_area"].strip() or "ERGA OMNES", first, last, many("excluded"), many("papers"),
            cells.get("order_number", "").strip(), cells.get("additional_code", "").strip(),
            seasons["season_from"], seasons["season_to"], cells.get("legal_ref", "").strip(),
            cells.get("notes", "").strip(), many("base"),
            cells.get("inside", "").strip().lower() in {"1", "true", "yes"},
        )  # fmt: skip
