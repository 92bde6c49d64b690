"""The blocks that a paper is made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Title:
    """A heading; level 1 is the name of the paper."""

    text: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Text:
    """A paragraph; line breaks are kept."""

    text: str
    size: float = 9
    bold: bool = False
    soft: bool = False


@dataclass(frozen=True, slots=True)
class Pairs:
    """Facts as label and value, in columns."""

    pairs: Sequence[tuple[str, str]]
    columns: int = 2


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: header, rows, and the columns (counted from 0) that hold numbers."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int] = ()
    widths: Sequence[float] = ()
    totals: int = 0


@dataclass(frozen=True, slots=True)
class Bars:
    """A barcode: `code128` with its text below, or `qr`."""

    value: str
    kind: str = "code128"
    caption: str = ""
    height_mm: float = 18


@dataclass(frozen=True, slots=True)
class Line:
    """A rule across the paper."""


Block = Title | Text | Pairs | Grid | Bars | Line
