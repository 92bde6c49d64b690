"""The UK Sanctions List (the only UK list since 28 January 2026), as XML or CSV."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from customs.actions.parties import Entry
from customs.lists.base import ListBroken, country_code, elements, measured, once, table, text_of

KINDS: Final = {"individual": "person", "ship": "ship"}
NAMES: Final = ("1", "2", "3", "4", "5", "6")
_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b")


def read(path: Path) -> tuple[list[Entry], date | None]:
    """Read the whole file or refuse it; its name says whether it is XML or CSV."""
    return _from_csv(path) if path.suffix.lower() == ".csv" else _from_xml(path)


def _from_xml(path: Path) -> tuple[list[Entry], date | None]:
    entries: list[Entry] = []
    day: date | None = None
    for node in elements(path, "Designations", frozenset({"DateGenerated", "Designation"})):
        if node.tag == "DateGenerated":
            day = _day(node.text or "")
        elif node.tag == "Designation":
            entries.append(_entry(node))
    if not entries:
        raise ListBroken(file=path.name, what="it has no designations")
    return entries, day


def _entry(node: Element) -> Entry:
    primary: list[str] = []
    others: list[str] = []
    for one in node.iter("Name"):
        words = " ".join(text for n in NAMES if (text := text_of(one, f"Name{n}")))
        (primary if text_of(one, "NameType").lower() == "primary name" else others).append(words)
    others += [_text(one) for one in node.iter("NameNonLatinScript")]
    names = once([*primary, *others])
    places = [
        *node.iter("Nationality"),
        *node.iter("AddressCountry"),
        *node.iter("CurrentBelievedFlagOfShip"),
    ]
    numbers = [
        *node.iter("PassportNumber"),
        *node.iter("NationalIdentifierNumber"),
        *node.iter("BusinessRegistrationNumber"),
        *node.iter("IMONumber"),
    ]
    return Entry(
        entry=text_of(node, "UniqueID"),
        kind=KINDS.get(text_of(node, "IndividualEntityShip").lower(), "firm"),
        name=names[0] if names else "",
        aliases=names[1:],
        countries=once([country_code(_text(one)) for one in places]),
        born=", ".join(once([_year(_text(one)) for one in node.iter("DOB")]))[:40],
        identifiers=once([_text(one) for one in numbers]),
        programme=text_of(node, "RegimeName")[:120],
    )


@dataclass(slots=True)
class _Rows:
    """All rows of one designation: the file writes a row per name and address."""

    kind: str = "firm"
    regime: str = ""
    primary: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    countries: list[str] = field(default_factory=list)
    born: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)


def _from_csv(path: Path) -> tuple[list[Entry], date | None]:
    day, rows = _table(path)
    found: dict[str, _Rows] = {}
    for row in rows:
        one = found.setdefault(row["unique id"], _Rows())
        one.kind = KINDS.get(row.get("designation type", "").lower(), "firm")
        one.regime = row.get("regime name", "")
        words = " ".join(text for n in NAMES if (text := row.get(f"name {n}", "")))
        (one.primary if row.get("name type", "").lower() == "primary name" else one.others).append(words)
        one.others.append(row.get("name non-latin script", ""))
        lands = [*row.get("nationality(/ies)", "").split("|"), row.get("address country", "")]
        one.countries += [country_code(land) for land in lands]
        one.born += [_year(part) for part in row.get("d.o.b", "").split("|")]
        for name in (
            "passport number",
            "national identifier number",
            "business registration number (s)",
            "imo number",
        ):
            one.numbers += [part.strip() for part in row.get(name, "").split("|")]
    entries = []
    for key, one in found.items():
        names = once([*one.primary, *one.others])
        entries.append(
            Entry(
                entry=key,
                kind=one.kind,
                name=names[0] if names else "",
                aliases=names[1:],
                countries=once(one.countries),
                born=", ".join(once(one.born))[:40],
                identifiers=once(one.numbers),
                programme=one.regime[:120],
            )
        )
    if not entries:
        raise ListBroken(file=path.name, what="it has no designations")
    return entries, day


def _table(path: Path) -> tuple[date | None, Iterator[dict[str, str]]]:
    """Find the day of the report and the header, then give row after row; a short row refuses the file."""
    try:
        text = measured(path).read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ListBroken(file=path.name, what=f"it is not UTF-8 (byte {error.start})") from error
    lines = table(path, text)
    day: date | None = None
    header: list[str] = []
    for _line, row in lines:
        if row and row[0].lower().startswith("report date"):
            day = _day(",".join(row).partition(":")[2])
        elif "unique id" in (lowered := [cell.strip().lower() for cell in row]):
            header = lowered
            break
    if not header:
        raise ListBroken(file=path.name, what="there is no column “Unique ID”")

    return day, _walk(path, lines, header)


def _walk(path: Path, lines: Iterator[tuple[int, list[str]]], header: list[str]) -> Iterator[dict[str, str]]:
    for place, row in lines:
        if not any(row):
            continue
        if len(row) != len(header):
            what = f"line {place} has {len(row)} columns instead of {len(header)}"
            raise ListBroken(file=path.name, what=what)
        kept = {name: " ".join(cell.split()) for name, cell in zip(header, row, strict=True)}
        if not kept["unique id"]:
            raise ListBroken(file=path.name, what=f"line {place}, column “Unique ID” is empty")
        yield kept


def _text(node: Element) -> str:
    return " ".join((node.text or "").split())


def _year(text: str) -> str:
    found = _YEAR.search(text)
    return found.group() if found else ""


def _day(text: str) -> date | None:
    for form in ("%d/%m/%Y", "%d-%b-%Y", "%Y-%m-%d", "%d %B %Y"):
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None
