"""Papers from a list of blocks, with fonts that print Latin, Vietnamese, Cyrillic and CJK.

A paper is a sequence of blocks (Title, Text, Pairs, Grid, Bars, Line); `render` returns its bytes.
The same blocks give the same bytes, so a paper's hash says whether anything in it changed.
"""

from __future__ import annotations

from collections.abc import Sequence

from marketplace.documents.blocks import Bars, Block, Grid, Line, Pairs, Text, Title

__all__ = ["Bars", "Block", "Grid", "Line", "Pairs", "Text", "Title", "render"]


def render(blocks: Sequence[Block], *, title: str, size: str = "A4", footer: str = "") -> bytes:
    """Lay the blocks out on A4 or on a 100 × 150 mm label and return the PDF."""
    from marketplace.documents import drawing  # the engine takes 17 MB in a process that draws no paper

    return drawing.draw(blocks, title=title, size=size, footer=footer)
