"""Customs papers as PDF: CN22 for small parcels, CN23 for larger ones, from frozen rows."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from customs import datasets
from customs.models import Declaration
from marketplace.documents.pdf import Grid, Pairs, Text, Title, render

SIGNED: Final = (
    "I certify that the particulars given here are correct and that this item contains no dangerous article "
    "and nothing that postal or customs rules prohibit."
)


def cn22(declaration: Declaration) -> bytes:
    """Print the short customs declaration of the post (UPU form CN 22)."""
    return _form(declaration, "CN 22", "Customs declaration", long=False)


def cn23(declaration: Declaration) -> bytes:
    """Print the full customs declaration of the post (UPU form CN 23)."""
    return _form(declaration, "CN 23", "Customs declaration", long=True)


def _form(declaration: Declaration, form: str, words: str, *, long: bool) -> bytes:
    lines = list(declaration.lines.all())
    rows = [
        [
            f"{line.quantity} × {line.customs_description or line.description}",
            f"{line.net_weight_kg or 0:.3f}",
            f"{line.value_amount:.2f}",
            line.hs_code[:6],
            line.origin,
        ]
        for line in lines
    ]
    weight = sum((line.gross_weight_kg or Decimal(0) for line in lines), Decimal(0))
    rows.append(["Total", f"{weight:.3f}", f"{declaration.value_amount:.2f}", "", ""])
    header = ["Detailed description", "Net kg", f"Value {declaration.currency}", "HS code", "Origin"]
    blocks: list[Title | Text | Pairs | Grid] = [Title(f"{form}  {words}")]
    if long:
        seller = declaration.seller
        sender = f"{seller.name}\n{seller.street}\n{seller.postal_code} {seller.town}, {seller.country}"
        place = f"{declaration.to_postal_code} {declaration.to_town}, {declaration.to_country}"
        ids = seller.tax_ids if isinstance(seller.tax_ids, dict) else {}
        pairs = [("From", sender), ("To", f"{declaration.buyer_name}\n{place}")]
        pairs += [("Importer's tax number", declaration.buyer_tax_id or "–")]
        pairs += [("Sender's tax number", str(ids.get("IOSS", "–")))]
        blocks.append(Pairs(pairs))
    blocks += [
        Pairs(
            [
                ("Reference", declaration.number),
                ("Order", declaration.order_number),
                ("Category", "Sale of goods"),
            ]
        ),
        Grid(header, rows, numbers=(1, 2), totals=1),
        Text(SIGNED),
        Text(
            f"Date and signature of the sender: {declaration.drafted_at:%d %b %Y}, {declaration.seller.name}"
        ),
    ]
    return render(blocks, title=f"{form} {declaration.number}", footer=declaration.number)


def _json(write: Callable[[Declaration], dict[str, object]]) -> Callable[[Declaration], bytes]:
    import json

    return lambda declaration: json.dumps(write(declaration), indent=1, ensure_ascii=False).encode()


PAPERS: Final[dict[str, tuple[str, Callable[[Declaration], bytes]]]] = {
    "cn22.pdf": ("application/pdf", cn22),
    "cn23.pdf": ("application/pdf", cn23),
    "h7.json": ("application/json", _json(datasets.h7)),
    "itmatt.json": ("application/json", _json(datasets.itmatt)),
    "sad.xml": ("application/xml", datasets.sad_xml),
}
