"""European Union and United Kingdom: the published table of both rates, and TARIC's duty text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from customs.tariffs.base import (
    ERGA_OMNES,
    Areas,
    BadFile,
    Fault,
    Reader,
    TariffRow,
    Text,
    day,
    digits,
    table,
)

# TARIC's measure types → our kinds; others (prohibitions, papers) are no duty and stay out.
MEASURE_TYPES: Final = {
    **dict.fromkeys(("103", "105"), "third_country_duty"),
    **dict.fromkeys(("106", "142", "145"), "preference"),
    **dict.fromkeys(("112", "115", "117", "119", "141"), "suspension"),
    **dict.fromkeys(("122", "123", "143", "146", "147"), "quota"),
    **dict.fromkeys(("551", "552"), "anti_dumping"),
    **dict.fromkeys(("553", "554"), "countervailing"),
    "695": "additional", "696": "safeguard", "306": "excise", "305": "vat",
}  # fmt: skip
DAYS: Final = ("%Y-%m-%d", "%d-%m-%Y", "%d/%m/%Y")
NEEDED: Final = ("Goods code", "Start date", "End date", "Origin code", "Meas. type code", "Duty")


def area_of(code: str, destination: str = "") -> str:
    """Our name of an area: 1011 is all the world, a number is a group of its own tariff."""
    code = code.strip()
    if code in {"1011", "", ERGA_OMNES}:
        return ERGA_OMNES
    return f"{destination}:{code}" if code.isdigit() and destination else code


def read_rates(column: str) -> Reader:
    """The published table with both tariffs; `column` is the tariff that is read."""

    def reader(text: Text, _areas: Areas) -> Iterator[TariffRow]:
        for row, cells in table(text, "commodity", column):
            if cells[column].strip():
                yield TariffRow(row, digits(cells["commodity"]), cells[column].strip())

    return reader


def read_taric(text: Text, _areas: Areas) -> Iterator[TariffRow]:
    """TARIC's duties as text with tabs: one measure a row, the duty as TARIC prints it."""
    for row, cells in table(text, *NEEDED, delimiter="\t"):
        kind = MEASURE_TYPES.get(cells["Meas. type code"].strip())
        if kind is None or not cells["Duty"].strip():
            continue
        code = re.sub(r"\s+\d{2}$", "", cells["Goods code"].strip())
        excluded = re.split(r"[,; ]+", cells.get("Excluded countries", "").strip())
        yield TariffRow(
            row, digits(code), cells["Duty"].strip(), kind, area_of(cells["Origin code"], "EU"),
            day(cells["Start date"], row, "Start date", *DAYS),
            day(cells["End date"], row, "End date", *DAYS),
            excluded=tuple(filter(None, excluded)),
            order_number=cells.get("Order No.", "").strip(),
            additional_code=cells.get("Add code", "").strip(),
            legal_ref=cells.get("Legal base", "").strip(),
        )  # fmt: skip


def read_seasonal(text: Text, _areas: Areas) -> Iterator[TariffRow]:
    """The United Kingdom's table of seasonal rates: days and months without a year."""
    needed = ("geographical_area_id", "goods_nomenclature_item_id", "measure_type_id", "from", "to", "duty")
    for row, cells in table(text, *needed):
        kind = MEASURE_TYPES.get(cells["measure_type_id"].strip())
        if kind is None:
            raise BadFile(Fault(row, "measure_type_id", "this type of measure is not known"))
        if not cells["duty"].strip():
            continue
        first, last = (_season(cells[name], row, name) for name in ("from", "to"))
        yield TariffRow(
            row, digits(cells["goods_nomenclature_item_id"]), cells["duty"].strip(), kind,
            area_of(cells["geographical_area_id"], "GB"), season_from=first, season_to=last,
        )  # fmt: skip


def _season(text: str, row: int, column: str) -> str:
    """A day of the year as MM-DD, from DD/MM."""
    if not (found := re.fullmatch(r"(\d{1,2})/(\d{1,2})", text.strip())):
        raise BadFile(Fault(row, column, "give a day as DD/MM"))
    if not (1 <= int(found[1]) <= 31 and 1 <= int(found[2]) <= 12):
        raise BadFile(Fault(row, column, "there is no such day"))
    return f"{int(found[2]):02}-{int(found[1]):02}"
