"""The formats of official tariff files: bytes in, plain rows or every fault by row and column out."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from typing import BinaryIO, Final

from customs import expressions
from customs.expressions import NotExpressible
from customs.models import MeasureKind
from customs.tariffs import australia, base, europe, own, uk_api, usitc
from customs.tariffs.base import Areas, BadFile, Counted, Fault, Reader, TariffRow, Text, too_large

__all__ = ["FORMATS", "LABELS", "Areas", "BadFile", "Fault", "TariffRow", "read"]

FORMATS: Final[Mapping[str, Reader]] = {
    "usitc-csv": usitc.read_csv,
    "usitc-json": usitc.read_json,
    "usitc-database": usitc.read_database,
    "uk-api": uk_api.read,
    "uk-csv": europe.read_rates("ukgt_duty_rate"),
    "uk-seasonal": europe.read_seasonal,
    "eu-csv": europe.read_rates("cet_duty_rate"),
    "taric-text": europe.read_taric,
    "au-schedule": australia.read_schedule,
    "au-agreements": australia.read_agreements,
    "own-csv": own.read,
}
LABELS: Final[Mapping[str, str]] = {
    "usitc-csv": "USITC HTS export, CSV",
    "usitc-json": "USITC HTS export, JSON",
    "usitc-database": "USITC annual tariff database",
    "uk-api": "UK Trade Tariff API v2, JSON",
    "uk-csv": "UK Global Tariff, CSV",
    "uk-seasonal": "UK seasonal rates, CSV",
    "eu-csv": "EU Common External Tariff, CSV",
    "taric-text": "TARIC duties, text with tabs",
    "au-schedule": "Australia, schedule 3, CSV",
    "au-agreements": "Australia, agreements, CSV",
    "own-csv": "Our own CSV",
}
LONGEST: Final = 250
MOST_FAULTS: Final = 200
EVERY: Final = 500
Progress = Callable[[int, int], None]


def read(
    name: str,
    raw: bytes | BinaryIO,
    *,
    size: int | None = None,
    areas: Areas | None = None,
    progress: Progress | None = None,
) -> list[TariffRow]:
    """Read a file of a named format as a stream, or raise BadFile with every fault.

    `progress` is told the rows and the percent of the bytes that were read, every 500 rows.
    """
    if name not in FORMATS:
        raise BadFile(Fault(0, "format", f"choose one of: {', '.join(FORMATS)}"))
    if isinstance(raw, bytes):
        size, raw = len(raw), io.BytesIO(raw)
    if size is not None and size > base.MAX_BYTES:
        raise too_large()
    counted = Counted(raw, size)
    rows: list[TariffRow] = []
    for row in FORMATS[name](Text(counted), areas if areas is not None else Areas()):
        rows.append(row)
        if progress is not None and len(rows) % EVERY == 0:
            progress(len(rows), counted.share)
    faults = []
    for fault in _faults(rows):
        faults.append(fault)
        if len(faults) == MOST_FAULTS:
            break
    if not rows:
        faults.append(Fault(0, "file", "the file holds no duty"))
    if faults:
        raise BadFile(*faults)
    return rows


def _faults(rows: list[TariffRow]) -> Iterator[Fault]:
    seen: dict[tuple[str, ...], list[TariffRow]] = {}
    for row in rows:
        if not re.fullmatch(r"\d{2,10}", row.code):
            yield Fault(row.row, "code", f"“{row.code[:20]}” is not a goods code")
        if row.kind not in MeasureKind.values:
            yield Fault(row.row, "kind", f"“{row.kind[:30]}” is not a kind of measure")
        if len(row.expression) > LONGEST and _computable(row):
            yield Fault(row.row, "expression", f"the rate is longer than {LONGEST} characters")
        if row.valid_from and row.valid_to and row.valid_to < row.valid_from:
            yield Fault(row.row, "valid_to", "the row ends before it begins")
        same = seen.setdefault(row.subject, [])
        for other in same:
            # Two lines of words that nobody can compute cannot contradict each other: the USITC prints such.
            if _overlap(row, other) and (_computable(row) or _computable(other)):
                yield Fault(row.row, "valid_from", f"the validity overlaps that of row {other.row}")
        same.append(row)


def _computable(row: TariffRow) -> bool:
    try:
        expressions.read(row.expression)
    except NotExpressible:
        return False
    return True


def _overlap(one: TariffRow, two: TariffRow) -> bool:
    if one.kind == MeasureKind.QUOTA and not one.order_number:
        return False  # quotas stand beside each other; some files do not print their order numbers
    first = max((row.valid_from for row in (one, two) if row.valid_from), default=None)
    last = min((row.valid_to for row in (one, two) if row.valid_to), default=None)
    if first and last and first > last:
        return False
    if one.season_from and two.season_from:
        return _season_overlap(one, two)
    return True


def _season_overlap(one: TariffRow, two: TariffRow) -> bool:
    def parts(row: TariffRow) -> list[tuple[str, str]]:
        if row.season_from <= row.season_to:
            return [(row.season_from, row.season_to)]
        return [(row.season_from, "12-31"), ("01-01", row.season_to)]

    return any(max(a[0], b[0]) <= min(a[1], b[1]) for a in parts(one) for b in parts(two))
