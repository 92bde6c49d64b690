"""United States: the USITC's HTS export (JSON or CSV) and its annual tariff database.

Column "Special" prints a rate with programmes in brackets: `Free (AU,BH,CL)`; programmes of one country
become preferences of that country, programmes of many (A, D, E, …) need tables of members and are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from customs.tariffs.base import Areas, BadFile, Fault, TariffRow, Text, day, digits, table, whole_json

# General notes 4 to 35: the symbol of an agreement → the country whose goods may use it.
PROGRAMMES: Final = {
    "AU": "AU", "BH": "BH", "CL": "CL", "CO": "CO", "IL": "IL", "JO": "JO", "JP": "JP", "KR": "KR",
    "MA": "MA", "OM": "OM", "PA": "PA", "PE": "PE", "SG": "SG", "S": "CA MX", "CA": "CA", "MX": "MX",
}  # fmt: skip
COLUMNS: Final = {
    "korea": "KR", "chile": "CL", "singapore": "SG", "australia": "AU", "jordan": "JO", "morocco": "MA",
    "bahrain": "BH", "oman": "OM", "peru": "PE", "colombia": "CO", "panama": "PA", "israel_fta": "IL",
    "usmca": "CA MX", "japan": "JP",
}  # fmt: skip
SPECIAL: Final = re.compile(r"([^()]*)\(([^()]*)\)")
AGREEMENT: Final = "US agreement, general notes of the HTS"


def _special(row: int, code: str, text: str) -> Iterator[TariffRow]:
    for rate, programmes in SPECIAL.findall(text):
        countries = dict.fromkeys(
            country
            for name in programmes.split(",")
            for country in PROGRAMMES.get(name.strip().rstrip("*+"), "").split()
        )
        for country in countries:
            if rate.strip():
                yield TariffRow(row, code, rate.strip(), "preference", country, legal_ref=AGREEMENT)


def _line(row: int, code: str, general: str, special: str, base: str) -> Iterator[TariffRow]:
    code = digits(code)
    if code and general.strip():
        yield TariffRow(row, code, general.strip(), notes=base)
    if code and special.strip():
        yield from _special(row, code, special)


def read_csv(text: Text, _areas: Areas) -> Iterator[TariffRow]:
    """The HTS export as CSV; lines of ten digits without a rate inherit that of eight."""
    for row, cells in table(text, "HTS Number", "General Rate of Duty"):
        special = cells.get("Special Rate of Duty", "")
        yield from _line(row, cells["HTS Number"], cells["General Rate of Duty"], special, "")


def read_json(text: Text, _areas: Areas) -> Iterator[TariffRow]:
    """The HTS export as JSON."""
    lines: Any = whole_json(text)
    if not isinstance(lines, list):
        raise BadFile(Fault(0, "file", "a list of lines is expected"))
    for row, line in enumerate(lines, 1):
        if not isinstance(line, dict):
            raise BadFile(Fault(row, "line", "an object is expected"))
        words = {name: str(line.get(name) or "") for name in ("htsno", "general", "special")}
        more = str(line.get("additionalDuties") or "")
        yield from _line(row, words["htsno"], words["general"], words["special"], more)


def read_database(text: Text, _areas: Areas) -> Iterator[TariffRow]:
    """The annual tariff database; programmes rated as free (0) or ad valorem (7) become preferences."""
    for row, cells in table(text, "hts8", "mfn_text_rate"):
        first = day(cells.get("begin_effect_date", ""), row, "begin_effect_date", "%Y-%m-%d", "%m/%d/%Y")
        last = day(cells.get("end_effective_date", ""), row, "end_effective_date", "%Y-%m-%d", "%m/%d/%Y")
        code = digits(cells["hts8"])
        if cells["mfn_text_rate"].strip():
            yield TariffRow(row, code, cells["mfn_text_rate"].strip(), valid_from=first, valid_to=last)
        for name, countries in COLUMNS.items():
            if rate := _programme(cells, name, row):
                for country in countries.split():
                    yield TariffRow(row, code, rate, "preference", country, first, last, legal_ref=AGREEMENT)


def _programme(cells: Mapping[str, str], name: str, row: int) -> str:
    """The rate of one programme as a tariff prints it, or nothing."""
    kind = cells.get(f"{name}_rate_type_code", "").strip()
    if not cells.get(f"{name}_indicator", "").strip():
        return ""
    if kind == "0":
        return "Free"
    if kind != "7":
        return ""
    try:
        return f"{(Decimal(cells.get(f'{name}_ad_val_rate', '').strip()) * 100).normalize():f}%"
    except InvalidOperation as problem:
        raise BadFile(Fault(row, f"{name}_ad_val_rate", "a number is expected")) from problem
