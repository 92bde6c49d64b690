"""Australia: schedule 3 of the working tariff, and the schedules of its agreements.

One cell may hold several rates: `5% DCS4% CAFree From 1 July 2018 2.5%`: the general rate, rates of countries
and groups, and steps with the day from which they hold. A dollar is an Australian dollar.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Final

from customs.tariffs.base import Areas, TariffRow, Text, digits, table

# Agreements of one country; those of many (CPTPP, RCEP, AANZFTA, PACER) need the schedule of each member.
AGREEMENTS: Final = {
    "Peru": "PE", "AI-ECTA": "IN", "UAE-CEPA": "AE", "A-UKFTA": "GB", "JAEPA": "JP", "KAFTA": "KR",
    "TAFTA": "TH", "SAFTA": "SG", "MAFTA": "MY", "IA-CEPA": "ID", "HK-FTA": "HK", "ChAFTA": "CN",
    "AUSFTA": "US", "ACI-FTA": "CL",
}  # fmt: skip
# Groups of the tariff's schedule 1 are areas of their own; "FI" is Fiji there.
COUNTRIES: Final = {
    "CA": "CA",
    "MY": "MY",
    "NZ": "NZ",
    "PG": "PG",
    "FI": "FJ",
    "SG": "SG",
    "HK": "HK",
    "US": "US",
}
STEP: Final = re.compile(r"From\s*(\d{1,2})\s*([A-Z][a-z]+)\s*(\d{4})\s*:?")
PLACES: Final = re.compile(r"((?:[A-Z]{2,3}/)*[A-Z]{2,3})\s*(?=[\d$]|Free)")
MARK: Final = re.compile(f"{STEP.pattern}|{PLACES.pattern}")


def _tidy(text: str) -> str:
    text = re.sub(r"[\u200b\u200e\ufeff]", "", html.unescape(text))
    return re.sub(r"\s+", " ", text).strip()


def _rate(text: str) -> str:
    text = text.strip(" ,;").replace(", less", " less")
    return re.sub(r"(?<![A-Z])\$", "A$", text)


def parts(text: str) -> list[tuple[str, date | None, str]]:
    """The rates of one cell: area ("" stands for the general rate), first day, rate."""
    found: list[tuple[str, date | None, str]] = []
    text = _tidy(text)
    marks = list(MARK.finditer(text))
    starts = [(0, 0, None), *((mark.start(), mark.end(), mark) for mark in marks)]
    first: date | None = None
    area = ""
    for place, (_start, end, mark) in enumerate(starts):
        if mark is not None and mark[1]:
            first = _day(mark[1], mark[2], mark[3])
            area = ""
        elif mark is not None:
            area = mark[4]
        until = starts[place + 1][0] if place + 1 < len(starts) else len(text)
        if rate := _rate(text[end:until]):
            found += [(name, first, rate) for name in (area.split("/") if area else [""])]
    return list(dict.fromkeys(found))


def _day(number: str, month: str, year: str) -> date | None:
    for form in ("%d %B %Y", "%d %b %Y"):
        try:
            return datetime.strptime(f"{number} {month} {year}", form).date()  # noqa: DTZ007
        except ValueError:
            continue
    return None


def _rows(row: int, code: str, text: str, country: str, law: str) -> Iterator[TariffRow]:
    """The dated rows of a cell; a step ends the rate before it of the same area."""
    found = [part for part in parts(text) if not country or not part[0]]
    for name, first, rate in found:
        later = [
            day for other, day, _rate in found if other == name and day and (first is None or day > first)
        ]
        last = min(later) - timedelta(days=1) if later else None
        area = country or (COUNTRIES.get(name, f"AU:{name}") if name else "")
        if area:
            yield TariffRow(row, code, rate, "preference", area, first, last, legal_ref=law)
        else:
            yield TariffRow(row, code, rate, valid_from=first, valid_to=last, legal_ref=law)


def read_schedule(text: Text, _areas: Areas) -> Iterator[TariffRow]:
    """Schedule 3: the general rate of each line and rates beside it; a line that stands twice counts once."""
    seen: set[tuple[str, str]] = set()
    for row, cells in table(text, "reference_number", "duty_rate"):
        code, rate = digits(_tidy(cells["reference_number"])).rstrip("*#"), _tidy(cells["duty_rate"])
        if rate and code and (code, rate) not in seen:
            seen.add((code, rate))
            yield from _rows(row, code, rate, "", "Customs Tariff Act 1995, schedule 3")


def read_agreements(text: Text, _areas: Areas) -> Iterator[TariffRow]:
    """Schedules 5 to 14: the rates for originating goods of one country."""
    seen: set[tuple[str, str, str]] = set()
    for row, cells in table(text, "fta", "hs_code", "duty_rate"):
        country, rate = AGREEMENTS.get(_tidy(cells["fta"])), _tidy(cells["duty_rate"])
        key = (digits(_tidy(cells["hs_code"])), country or "", rate)
        if country and rate and key[0].isdigit() and key not in seen:
            seen.add(key)
            yield from _rows(row, key[0], rate, country, _tidy(cells["fta"]))
