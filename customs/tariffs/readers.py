"""Readers of official tariff files: bytes in, plain rows or a list of faults by row and column out."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from customs import expressions
from customs.expressions import NotExpressible
from customs.models import MeasureKind

MAX_BYTES: Final = 200_000_000


@dataclass(frozen=True, slots=True)
class TariffRow:
    """One duty of a file, ready to be stored."""

    row: int
    code: str
    expression: str
    kind: str = "third_country_duty"
    origin_area: str = "ERGA OMNES"
    valid_from: date | None = None
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, and where."""

    row: int
    column: str
    words: str


class BadFile(ValueError):
    """The file cannot be loaded; nothing of it was kept."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("; ".join(f"row {f.row}, {f.column}: {f.words}" for f in faults[:5]))
        self.faults = faults


def read(name: str, raw: bytes) -> list[TariffRow]:
    """Read a file of a named format, or raise BadFile with every fault."""
    if name not in FORMATS:
        raise BadFile(Fault(0, "format", f"choose one of: {', '.join(FORMATS)}"))
    if len(raw) > MAX_BYTES:
        raise BadFile(Fault(0, "file", "the file is larger than 200 MB"))
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        row = raw[: problem.start].count(b"\n") + 1
        raise BadFile(Fault(row, "encoding", "the file is not UTF-8 text")) from problem
    rows = list(FORMATS[name](text))
    faults = [*_faults(rows)]
    if not rows:
        faults.append(Fault(0, "file", "the file holds no duty"))
    if faults:
        raise BadFile(*faults)
    return rows


def _faults(rows: list[TariffRow]) -> Iterator[Fault]:
    seen: dict[tuple[str, str, str], list[TariffRow]] = {}
    for row in rows:
        if not re.fullmatch(r"\d{2,10}", row.code):
            yield Fault(row.row, "code", f"“{row.code[:20]}” is not a goods code")
        if row.kind not in MeasureKind.values:
            yield Fault(row.row, "kind", f"“{row.kind[:30]}” is not a kind of measure")
        if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
            yield Fault(row.row, "valid_to", "the row ends before it begins")
        same = seen.setdefault((row.code, row.kind, row.origin_area), [])
        for other in same:
            if _overlap(row, other):
                yield Fault(row.row, "valid_from", f"the validity overlaps that of row {other.row}")
        same.append(row)


def _overlap(one: TariffRow, two: TariffRow) -> bool:
    first = max(one.valid_from or date.min, two.valid_from or date.min)
    return first <= min(one.valid_to or date.max, two.valid_to or date.max)


def _table(text: str, *needed: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
    try:
        missing = [name for name in needed if name not in (reader.fieldnames or ())]
        if missing:
            raise BadFile(Fault(1, missing[0], "this column is missing"))
        for row in reader:
            if None in row or None in row.values():
                raise BadFile(
                    Fault(reader.line_num, "row", "the row has a wrong number of columns: is it cut?")
                )
            yield reader.line_num, row
    except csv.Error as problem:
        raise BadFile(Fault(reader.line_num, "row", f"the file is broken here: {problem}")) from problem


def _day(text: str, row: int, column: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as problem:
        raise BadFile(Fault(row, column, "give a day as YYYY-MM-DD")) from problem


def _digits(code: str) -> str:
    return code.replace(".", "").replace(" ", "")


def _usitc_csv(text: str) -> Iterator[TariffRow]:
    for row, cells in _table(text, "HTS Number", "General Rate of Duty"):
        if cells["HTS Number"] and cells["General Rate of Duty"]:
            yield TariffRow(row, _digits(cells["HTS Number"]), cells["General Rate of Duty"])


def _usitc_json(text: str) -> Iterator[TariffRow]:
    try:
        lines: Any = json.loads(text)
    except ValueError as problem:
        raise BadFile(
            Fault(getattr(problem, "lineno", 0), "file", "this is not whole JSON: is it cut?")
        ) from problem
    if not isinstance(lines, list):
        raise BadFile(Fault(0, "file", "a list of lines is expected"))
    for row, line in enumerate(lines, 1):
        if not isinstance(line, dict):
            raise BadFile(Fault(row, "line", "an object is expected"))
        if line.get("htsno") and line.get("general"):
            yield TariffRow(row, _digits(str(line["htsno"])), str(line["general"]))


def _usitc_database(text: str) -> Iterator[TariffRow]:
    for row, cells in _table(text, "hts8", "mfn_text_rate"):
        if cells["mfn_text_rate"]:
            first = _day(cells.get("begin_effect_date", ""), row, "begin_effect_date")
            last = _day(cells.get("end_effective_date", ""), row, "end_effective_date")
            yield TariffRow(row, cells["hts8"], cells["mfn_text_rate"], valid_from=first, valid_to=last)


def _rates(column: str) -> Callable[[str], Iterator[TariffRow]]:
    def reader(text: str) -> Iterator[TariffRow]:
        for row, cells in _table(text, "commodity", column):
            if cells[column]:
                yield TariffRow(row, _digits(cells["commodity"]), cells[column])

    return reader


def _own(text: str) -> Iterator[TariffRow]:
    for row, cells in _table(text, "code", "kind", "origin_area", "expression", "valid_from", "valid_to"):
        first, last = (_day(cells[name], row, name) for name in ("valid_from", "valid_to"))
        yield TariffRow(
            row, _digits(cells["code"]), cells["expression"], cells["kind"], cells["origin_area"], first, last
        )


FORMATS: Final[Mapping[str, Callable[[str], Iterator[TariffRow]]]] = {
    "usitc-csv": _usitc_csv,
    "usitc-json": _usitc_json,
    "usitc-database": _usitc_database,
    "eu-csv": _rates("cet_duty_rate"),
    "uk-csv": _rates("ukgt_duty_rate"),
    "own-csv": _own,
}


def unreadable(rows: list[TariffRow]) -> dict[str, int]:
    """How many rows cannot be computed, by reason; they are kept and lead to a refusal."""
    found: dict[str, int] = {}
    for row in rows:
        try:
            expressions.read(row.expression)
        except NotExpressible as problem:
            found[problem.reason] = found.get(problem.reason, 0) + 1
    return found
