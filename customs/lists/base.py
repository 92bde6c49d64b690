"""What the readers of party lists share."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element, ParseError

from babel import Locale
from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse
from django.utils.translation import gettext_lazy as _

from marketplace.kit.refusal import Refusal

LARGEST: Final = 300_000_000  # bytes; the largest official list (OFAC advanced XML) has about 120 MB


class ListBroken(Refusal):
    words = _("{file} could not be read: {what}. Nothing was loaded; the list in force stays.")
    status = 400


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    names = {str(name).lower(): code for code, name in Locale("en").territories.items() if len(code) == 2}
    return names | {
        "democratic people's republic of korea": "KP",
        "korea, north": "KP",
        "korea, south": "KR",
        "russian federation": "RU",
        "iran (islamic republic of)": "IR",
        "syrian arab republic": "SY",
        "democratic republic of the congo": "CD",
        "congo (democratic republic)": "CD",
        "libyan arab jamahiriya": "LY",
        "türkiye": "TR",
        "burma": "MM",
        "myanmar": "MM",
        "united republic of tanzania": "TZ",
        "côte d'ivoire": "CI",
        "united kingdom of great britain and northern ireland": "GB",
        "united states of america": "US",
        "state of palestine": "PS",
        "china, people's republic of": "CN",
        "viet nam": "VN",
        "hong kong": "HK",
    }


def country_code(name: str) -> str:
    """Give the two letters of a country as lists write it; empty when unknown."""
    text = name.strip().lower().replace("’", "'")
    if len(text) == 2 and text.isalpha():
        return text.upper()
    return _codes().get(text, "")


def measured(path: Path) -> Path:
    """Refuse a file that is missing or larger than any list can be, before a byte of it is read."""
    try:
        size = path.stat().st_size
    except OSError as error:
        raise ListBroken(file=path.name, what=error.strerror or str(error)) from error
    if size > LARGEST:
        raise ListBroken(file=path.name, what=f"it has {size:,} bytes; no list has more than {LARGEST:,}")
    return path


def day_of(path: Path, name: str, text: str) -> date | None:
    """Read the day that a file names, nothing where it names none; another text refuses the file."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ListBroken(file=path.name, what=f"{name} {text!r} is not a day") from error


def table(path: Path, text: str) -> Iterator[tuple[int, list[str]]]:
    """Walk the rows of a CSV text with their lines; a cell that never ends refuses the file."""
    reader = csv.reader(io.StringIO(text), strict=True)
    try:
        for row in reader:
            yield reader.line_num, row
    except csv.Error as error:
        raise ListBroken(file=path.name, what=f"line {reader.line_num}: {error}") from error


def elements(path: Path, root: str, wanted: frozenset[str]) -> Iterator[Element]:
    """Walk a large XML file: the root first, then each wanted element when it is complete.

    Names lose their namespace. Elements are forgotten after their turn, so the memory stays small.
    """
    top: Element | None = None
    depth = 0
    try:
        for event, node in iterparse(measured(path), events=("start", "end")):
            node.tag = node.tag.rpartition("}")[2]
            if event == "start":
                if top is None:
                    if node.tag != root:
                        raise ListBroken(file=path.name, what=f"the first element is not {root}")
                    top = node
                    yield node
                depth += node.tag in wanted
            elif node.tag in wanted:
                depth -= 1
                yield node
                if not depth:
                    node.clear()
    except (ParseError, DefusedXmlException, OSError, ValueError) as error:
        raise ListBroken(file=path.name, what=str(error)) from error


def text_of(node: Element, path: str) -> str:
    """Give the text at this path with single spaces; empty when there is none."""
    return " ".join((node.findtext(path) or "").split())


def once(values: list[str]) -> tuple[str, ...]:
    """Keep each filled value once, in order."""
    return tuple(dict.fromkeys(filter(None, values)))
