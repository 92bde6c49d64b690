"""Tables in and out: read CSV and XLSX as sellers really send them, write CSV that is safe to open."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from marketplace.kit.refusal import Refusal

MOST_BYTES: Final = 20_000_000
MOST_UNPACKED: Final = 200_000_000
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 100
ENCODINGS: Final = ("utf-8-sig", "gb18030", "latin-1")
RISKY: Final = ("=", "+", "-", "@", "\t", "\r")


class FileUnreadable(Refusal):
    words = _("This file cannot be read: {why}")
    status = 422


WHY: Final = {
    "large": _("it is larger than 20 MB."),
    "bomb": _("it unpacks to more than 200 MB."),
    "rows": _("it has more than 20,000 rows. Send it in parts."),
    "broken": _("it is no CSV and no XLSX table."),
    "empty": _("it has no rows."),
}


@dataclass(frozen=True, slots=True)
class Table:
    """A header, rows, and how the file was read."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    read_as: str


def read(content: bytes, file_name: str) -> Table:
    """Read a table; what it was read as is told, so that a person can see a wrong guess."""
    if len(content) > MOST_BYTES:
        raise FileUnreadable(why=WHY["large"])
    if content[:4] == b"PK\x03\x04":
        return _workbook(content)
    if b"\x00" in content[:4096] or file_name.lower().endswith((".xls", ".xlsx", ".ods")):
        raise FileUnreadable(why=WHY["broken"])
    return _text(content)


def _text(content: bytes) -> Table:
    # Western text has single letters beyond ASCII, Chinese text has them in pairs.
    paired = re.search(rb"[\x81-\xfe]{2}", content)
    for encoding in ENCODINGS if paired else ENCODINGS[::2]:
        try:
            text = content.decode(encoding)
            break
        except UnicodeDecodeError:
            continue
    else:
        raise FileUnreadable(why=WHY["broken"])
    first = text.split("\n", 1)[0]
    mark = max(",;\t", key=first.count)
    rows: list[tuple[str, ...]] = []
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=mark):
            if any(cell.strip() for cell in row):
                rows.append(tuple(cell.strip() for cell in row[:MOST_COLUMNS]))
            if len(rows) > MOST_ROWS + 1:
                raise FileUnreadable(why=WHY["rows"])
    except csv.Error:
        raise FileUnreadable(why=WHY["broken"]) from None
    return _table(rows, f"{encoding.removesuffix('-sig')} {'tab' if mark == chr(9) else mark}")


def _workbook(content: bytes) -> Table:
    from openpyxl import load_workbook  # 30 MB in a process that reads no workbook

    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
        small = unpacked <= MOST_UNPACKED
        book = load_workbook(io.BytesIO(content), read_only=True, data_only=True) if small else None
    except (zipfile.BadZipFile, KeyError, ValueError, OSError, TypeError):
        raise FileUnreadable(why=WHY["broken"]) from None
    if book is None:
        raise FileUnreadable(why=WHY["bomb"])
    rows: list[tuple[str, ...]] = []
    sheet = book.worksheets[0] if book.worksheets else None
    for row in sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS) if sheet else ():
        cells = tuple("" if cell is None else str(cell).strip() for cell in row)
        if any(cells):
            rows.append(cells)
        if len(rows) > MOST_ROWS + 1:
            raise FileUnreadable(why=WHY["rows"])
    book.close()
    return _table(rows, "xlsx")


def _table(rows: Sequence[tuple[str, ...]], read_as: str) -> Table:
    if len(rows) < 2:
        raise FileUnreadable(why=WHY["empty"])
    header = tuple(name.casefold().replace(" ", "_") for name in rows[0])
    while header and not header[-1]:
        header = header[:-1]
    width = len(header)
    body = (tuple(plain(cell) for cell in (row + ("",) * width)[:width]) for row in rows[1:])
    return Table(header, tuple(body), read_as)


def plain(cell: str) -> str:
    """Take off the quote that `safe` put on."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(RISKY) else cell


def safe(value: object) -> str:
    """Keep a spreadsheet from running a cell: what looks like a formula gets a quote before it."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(RISKY) else text


def write(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Write CSV in UTF-8 with a mark that spreadsheets understand."""
    out = io.StringIO(newline="")
    table = csv.writer(out)
    table.writerow(header)
    table.writerows([safe(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()
