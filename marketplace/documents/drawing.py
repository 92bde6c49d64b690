"""The PDF engine: lays the blocks of a paper out with ReportLab."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from html import escape
from io import BytesIO
from pathlib import Path
from typing import Any, Final

from reportlab.graphics.barcode import code128
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Flowable, HRFlowable, Paragraph, SimpleDocTemplate, Spacer, Table

from marketplace.documents.blocks import Bars, Block, Grid, Line, Pairs, Text, Title

FONTS: Final = Path(__file__).parent / "fonts"
LABEL: Final = (100 * mm, 150 * mm)
SIZES: Final = {"A4": (A4, 18 * mm), "label": (LABEL, 4 * mm)}
INK: Final = colors.HexColor("#15202b")
SOFT: Final = colors.HexColor("#5b6770")
LINE: Final = colors.HexColor("#c9d1d6")


def draw(blocks: Sequence[Block], *, title: str, size: str = "A4", footer: str = "") -> bytes:
    """Lay the blocks out and return the bytes; `pdf.render` is the door."""
    _fonts()
    page, margin = SIZES[size]
    out = BytesIO()
    document = SimpleDocTemplate(
        out,
        pagesize=page,
        leftMargin=margin,
        rightMargin=margin,
        topMargin=margin,
        bottomMargin=margin if size == "label" else margin + 6 * mm,
        title=title,
        author="Sampan",
        invariant=1,
    )
    width = page[0] - 2 * margin - 12
    story: list[Flowable] = []
    for block in blocks:
        story += _flow(block, width, small=size == "label")

    def foot(canvas: Any, doc: Any) -> None:
        if footer:
            canvas.saveState()
            mark = Paragraph(marked(f"{footer}  ·  {doc.page}"), _style(7, soft=True))
            mark.wrap(width, 20)
            mark.drawOn(canvas, margin, 9 * mm)
            canvas.restoreState()

    document.build(story, onFirstPage=foot, onLaterPages=foot)
    return out.getvalue()


def marked(text: str, *, bold: bool = False) -> str:
    """Escape text and name a font for each run, so that every script finds one that has it."""
    main = "Archivo-Bold" if bold else "Archivo"
    runs: list[tuple[str, str]] = []
    for char in text:
        font = "" if _known(char, main) else _cjk(char)
        if runs and runs[-1][0] == font:
            runs[-1] = (font, runs[-1][1] + char)
        else:
            runs.append((font, char))
    parts = [f'<font name="{f}">{escape(t)}</font>' if f else escape(t) for f, t in runs]
    return "".join(parts).replace("\n", "<br/>")


def _known(char: str, font: str) -> bool:
    return char.isspace() or ord(char) in pdfmetrics.getFont(font).face.charToGlyph  # type: ignore[attr-defined]


def _cjk(char: str) -> str:
    code = ord(char)
    if 0xAC00 <= code <= 0xD7AF or 0x1100 <= code <= 0x11FF:
        return "HYGothic-Medium"
    if 0x3040 <= code <= 0x30FF:
        return "HeiseiKakuGo-W5"
    return "STSong-Light" if code >= 0x2E80 else "Vera"


@lru_cache(maxsize=1)
def _fonts() -> None:
    pdfmetrics.registerFont(TTFont("Archivo", FONTS / "archivo-regular.ttf"))
    pdfmetrics.registerFont(TTFont("Archivo-Bold", FONTS / "archivo-bold.ttf"))
    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    for name in ("STSong-Light", "HeiseiKakuGo-W5", "HYGothic-Medium"):
        pdfmetrics.registerFont(UnicodeCIDFont(name))


def _style(size: float, *, bold: bool = False, soft: bool = False, right: bool = False) -> ParagraphStyle:
    return ParagraphStyle(
        "text",
        fontName="Archivo-Bold" if bold else "Archivo",
        fontSize=size,
        leading=size * 1.3,
        textColor=SOFT if soft else INK,
        alignment=2 if right else 0,
    )


def _text(text: str, size: float, **how: bool) -> Paragraph:
    return Paragraph(marked(text, bold=how.get("bold", False)), _style(size, **how))


def _flow(block: Block, width: float, *, small: bool) -> list[Flowable]:
    match block:
        case Title(text, level):
            big = (13 if small else 18) if level == 1 else (9 if small else 11)
            return [_text(text, big, bold=True), Spacer(1, 1.5 * mm)]
        case Text(text, size, bold, soft):
            return [_text(text, size, bold=bold, soft=soft), Spacer(1, 1.5 * mm)]
        case Pairs():
            return _pairs(block, width)
        case Grid():
            return _grid(block, width)
        case Bars():
            return _bars(block, width)
        case Line():
            return [HRFlowable(width="100%", thickness=0.6, color=LINE), Spacer(1, 1.5 * mm)]


def _pairs(block: Pairs, width: float) -> list[Flowable]:
    cells: list[Any] = [
        [_text(label, 7, soft=True), _text(value, 9)] for label, value in block.pairs if value
    ]
    cells += [""] * (-len(cells) % block.columns)
    rows = [cells[i : i + block.columns] for i in range(0, len(cells), block.columns)]
    if not rows:
        return []
    table = Table(rows, colWidths=[width / block.columns] * block.columns)
    table.setStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (-1, -1), 0)])
    return [table, Spacer(1, 2 * mm)]


def _grid(block: Grid, width: float) -> list[Flowable]:
    numbers = set(block.numbers)
    head = [_text(h, 7.5, bold=True, right=i in numbers) for i, h in enumerate(block.header)]
    last = len(block.rows) - block.totals
    body = [
        [_text(str(cell), 8.5, right=i in numbers, bold=at >= last) for i, cell in enumerate(row)]
        for at, row in enumerate(block.rows)
    ]
    shares = block.widths or [1] * len(block.header)
    table = Table([head, *body], colWidths=[width * w / sum(shares) for w in shares], repeatRows=1)
    table.setStyle(
        [
            ("VALIGN", (0, 0), (-1, -1), "TOP"),
            ("LINEBELOW", (0, 0), (-1, 0), 0.8, INK),
            ("LINEBELOW", (0, 1), (-1, -1), 0.3, LINE),
            ("TOPPADDING", (0, 0), (-1, -1), 3),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 3),
        ]
    )
    return [table, Spacer(1, 3 * mm)]


def _bars(block: Bars, width: float) -> list[Flowable]:
    shape: Flowable
    if block.kind == "qr":
        side = block.height_mm * mm
        code = QrCodeWidget(block.value, barLevel="M")
        low_x, low_y, high_x, high_y = code.getBounds()
        shape = Drawing(side, side, transform=[side / (high_x - low_x), 0, 0, side / (high_y - low_y), 0, 0])
        shape.add(code)
    else:
        modules = 11 * (len(block.value) + 3) + 22
        bar = min(0.5 * mm, width / modules)
        shape = code128.Code128(block.value, barHeight=block.height_mm * mm, barWidth=bar, quiet=1)
    caption = [_text(block.caption or block.value, 9, bold=True)]
    return [shape, *caption, Spacer(1, 2 * mm)]
