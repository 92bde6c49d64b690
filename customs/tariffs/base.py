"""What every reader of tariff files shares: rows, faults by row and column, and bytes read as a stream."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, BinaryIO, Final

# The largest official file (a whole USITC export as JSON) has some 25 MB.
MAX_BYTES: Final = 64_000_000
ERGA_OMNES: Final = "ERGA OMNES"


@dataclass(frozen=True, slots=True)
class TariffRow:
    """One duty of a file, ready to be stored."""

    row: int
    code: str
    expression: str
    kind: str = "third_country_duty"
    origin_area: str = ERGA_OMNES
    valid_from: date | None = None
    valid_to: date | None = None
    excluded: tuple[str, ...] = ()
    papers: tuple[str, ...] = ()
    order_number: str = ""
    additional_code: str = ""
    season_from: str = ""
    season_to: str = ""
    legal_ref: str = ""
    notes: str = ""
    base: tuple[str, ...] = ()
    inside: bool = False

    @property
    def subject(self) -> tuple[str, str, str, str, str]:
        """What may stand only once on one day."""
        return self.code, self.kind, self.origin_area, self.order_number, self.additional_code


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


@dataclass(slots=True)
class Areas:
    """Groups of countries that a file names, with their members."""

    members: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)


class Counted(io.RawIOBase):
    """Bytes of a file as they are read: counted, and refused where they become too many."""

    def __init__(self, source: BinaryIO, size: int | None) -> None:
        self.source, self.size, self.read_bytes = source, size, 0

    def readable(self) -> bool:
        """Say that this can be read."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fill the buffer; raise BadFile past the limit."""
        data = self.source.read(len(buffer))
        self.read_bytes += len(data)
        if self.read_bytes > MAX_BYTES:
            raise too_large()
        buffer[: len(data)] = data
        return len(data)

    @property
    def share(self) -> int:
        """How many percent of the bytes were read."""
        return min(100, self.read_bytes * 100 // self.size) if self.size else 0


def too_large() -> BadFile:
    """The refusal of a file past the limit."""
    return BadFile(Fault(0, "file", f"the file is larger than {MAX_BYTES // 1_000_000} MB"))


class Text:
    """The bytes as UTF-8 text, decoded line by line, so that a wrong byte is known by its row."""

    def __init__(self, source: Counted) -> None:
        self.source = io.BufferedReader(source, 1 << 16)

    def __iter__(self) -> Iterator[str]:
        for row, line in enumerate(self.source, 1):
            yield self._decoded(line, row)

    def read(self) -> str:
        """The whole text."""
        return self._decoded(self.source.read(), 1)

    def _decoded(self, raw: bytes, row: int) -> str:
        try:
            return raw.decode("utf-8-sig" if row == 1 else "utf-8")
        except UnicodeDecodeError as problem:
            here = row + raw[: problem.start].count(b"\n")
            raise BadFile(Fault(here, "encoding", "the file is not UTF-8 text")) from problem


def table(text: Text, *needed: str, delimiter: str = ",") -> Iterator[tuple[int, Mapping[str, str]]]:
    """The rows of a table with a heading, each with its line; a BadFile where it is broken."""
    reader = csv.DictReader(text, strict=True, delimiter=delimiter)
    try:
        reader.fieldnames = [name.strip() for name in reader.fieldnames or ()]
        missing = [name for name in needed if name not in reader.fieldnames]
        if missing:
            raise BadFile(Fault(1, missing[0], "this column is missing"))
        for row in reader:
            if None in row or None in row.values():
                words = "the row has a wrong number of columns: is it cut?"
                raise BadFile(Fault(reader.line_num, "row", words))
            yield reader.line_num, row
    except csv.Error as problem:
        # The row where the broken cell ends; a quote that never closes runs to the end of the file.
        here = int(reader.reader.line_num)
        raise BadFile(Fault(here, "row", f"the file is broken here: {problem}")) from problem


def whole_json(text: Text) -> Any:
    """A JSON document; a BadFile with its line where it is cut or no JSON."""
    try:
        return json.loads(text.read())
    except BadFile:
        raise
    except (ValueError, RecursionError) as problem:
        line = getattr(problem, "lineno", 0)
        raise BadFile(Fault(line, "file", "this is not whole JSON: is it cut?")) from problem


def day(text: str, row: int, column: str, *forms: str) -> date | None:
    """A day as the file writes it, or nothing."""
    text = text.strip()
    if not text:
        return None
    for form in forms or ("%Y-%m-%d",):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007
        except ValueError:
            continue
    wanted = " or ".join(forms or ("%Y-%m-%d",)).replace("%Y", "YYYY").replace("%m", "MM").replace("%d", "DD")
    raise BadFile(Fault(row, column, f"give a day as {wanted}"))


def digits(code: str) -> str:
    """A goods code without points and blanks."""
    return code.replace(".", "").replace(" ", "")


Reader = Callable[[Text, Areas], Iterator[TariffRow]]
