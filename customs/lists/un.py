"""The consolidated list of the United Nations Security Council, as XML."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import ParseError as BrokenXml
from defusedxml.ElementTree import parse

from customs.actions.parties import Entry
from customs.lists.base import ListBroken, country_code, day_of, measured

NAMES = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")


def read(path: Path) -> tuple[list[Entry], date | None]:
    """Read the whole file or refuse it."""
    try:
        root = parse(measured(path)).getroot()
    except (BrokenXml, OSError, ValueError) as error:
        raise ListBroken(file=path.name, what=str(error)) from error
    if root is None or root.tag != "CONSOLIDATED_LIST":
        raise ListBroken(file=path.name, what="the first element is not CONSOLIDATED_LIST")
    day = (root.get("dateGenerated") or "")[:10]
    entries = [_entry(node, "person") for node in root.iter("INDIVIDUAL")]
    entries += [_entry(node, "firm") for node in root.iter("ENTITY")]
    if not entries:
        raise ListBroken(file=path.name, what="it has no entries")
    return entries, day_of(path, "dateGenerated", day)


def _entry(node: Element, kind: str) -> Entry:
    head = "INDIVIDUAL" if kind == "person" else "ENTITY"
    name = " ".join(text for tag in NAMES if (text := _text(node, tag)))
    aliases = [
        _text(alias, "ALIAS_NAME")
        for alias in node.iter(f"{head}_ALIAS")
        if _text(alias, "QUALITY").lower() != "low"
    ]
    aliases.append(_text(node, "NAME_ORIGINAL_SCRIPT"))
    places = [value.text or "" for value in node.iterfind("NATIONALITY/VALUE")]
    places += [_text(address, "COUNTRY") for address in node.iter(f"{head}_ADDRESS")]
    born = [_text(one, "DATE") or _text(one, "YEAR") for one in node.iter("INDIVIDUAL_DATE_OF_BIRTH")]
    numbers = [_text(paper, "NUMBER") for paper in node.iter("INDIVIDUAL_DOCUMENT")]
    return Entry(
        entry=_text(node, "REFERENCE_NUMBER") or _text(node, "DATAID"),
        kind=kind,
        name=name,
        aliases=tuple(dict.fromkeys(filter(None, aliases))),
        countries=tuple(dict.fromkeys(filter(None, map(country_code, places)))),
        born=", ".join(dict.fromkeys(filter(None, born)))[:40],
        identifiers=tuple(dict.fromkeys(filter(None, numbers))),
        programme=_text(node, "UN_LIST_TYPE"),
    )


def _text(node: Element, tag: str) -> str:
    return " ".join((node.findtext(tag) or "").split())


def names(entries: list[Entry]) -> Iterator[str]:
    """Give every name of a list, aliases too."""
    for entry in entries:
        yield entry.name
        yield from entry.aliases
