"""Customs papers as PDF: CN22, CN23, statement on origin, proforma invoice; and the data sets as files."""

from __future__ import annotations

import functools
from collections.abc import Callable
from decimal import Decimal
from typing import Final

from babel import Locale

from customs import datasets, proofs, shipments
from customs.datasets import parties as p
from customs.models import Declaration
from customs.refusals import DeclarationIncomplete
from marketplace.documents.pdf import Block, Grid, Line, Pairs, Text, Title, render

SIGNED: Final = (
    "I certify that the particulars given here are correct and that this item contains no dangerous article "
    "and nothing that postal or customs rules prohibit."
)
CATEGORIES: Final = ("Gift", "Documents", "Sale of goods", "Commercial sample", "Returned goods", "Other")
# Text of the statement on origin as the agreements print it; the customs authorisation number may stay empty.
STATEMENT: Final = (
    "The exporter of the products covered by this document (customs authorisation No {number}) declares "
    "that, except where otherwise clearly indicated, these products are of {origin} preferential origin."
)


def cn22(declaration: Declaration) -> bytes:
    """Print the short customs declaration of the post (UPU form CN 22)."""
    blocks: list[Block] = [
        Title("CN 22  Customs declaration"),
        Text("May be opened officially. Designated operator: the post that carries this item.", soft=True),
        Pairs(_categories(), columns=3),
        _goods(declaration),
        Text(SIGNED),
        Text(_signature(declaration)),
    ]
    return _print(declaration, "CN 22", blocks)


def cn23(declaration: Declaration) -> bytes:
    """Print the full customs declaration of the post (UPU form CN 23)."""
    numbers = shipments.numbers(declaration.order_number)
    seller, buyer = p.seller(declaration), p.buyer(declaration)
    licences = (
        ", ".join(
            sorted({proofs.words_of(code) for line in declaration.lines.all() for code in line.evidence})
        )
        or "–"
    )
    blocks: list[Block] = [
        Title("CN 23  Customs declaration"),
        Pairs(
            [
                ("From (sender)", _address(seller)),
                ("To (addressee)", _address(buyer)),
                ("Addressee's telephone", buyer["phone"] or "–"),
                ("Addressee's e-mail", buyer["email"] or "–"),
                ("Importer's reference (tax number)", declaration.buyer_tax_id or "–"),
                ("Sender's customs reference", _tax_reference(declaration) or seller["eori"] or "–"),
                ("Item number", ", ".join(numbers.items) or "given when the parcel is booked"),
                ("Waybill", numbers.waybill or "–"),
                ("Customs reference", declaration.authority_reference or declaration.number),
                ("Order", declaration.order_number),
                ("Office of origin", f"{declaration.from_town or '–'}, {declaration.from_country}"),
                ("Postal charges", _amount(declaration.freight_amount, declaration)),
                ("Insurance", _amount(declaration.insurance_amount, declaration)),
                ("Invoice", declaration.order_number),
                ("Licence or certificate", licences),
                ("Comments (quarantine, sanitary)", _comments(declaration)),
            ]
        ),
        Pairs(_categories(), columns=3),
        _goods(declaration),
        Text(SIGNED),
        Text(_signature(declaration)),
    ]
    return _print(declaration, "CN 23", blocks)


def origin_statement(declaration: Declaration) -> bytes:
    """Print the statement on origin; refused while a line names no origin or the goods have several."""
    origins = {line.origin for line in declaration.lines.all()}
    if len(origins) != 1 or "" in origins:
        what = "all goods must have the same country of origin"
        raise DeclarationIncomplete(form="Statement on origin", number=declaration.number, faults=[what])
    ids = declaration.seller.tax_ids if isinstance(declaration.seller.tax_ids, dict) else {}
    number = str(ids.get("REX") or ids.get("EORI") or "–")
    blocks: list[Block] = [
        Title("Statement on origin"),
        Pairs(
            [
                ("Exporter", _address(p.seller(declaration))),
                ("Consignee", _address(p.buyer(declaration))),
                ("Invoice", declaration.order_number),
                ("Declaration", declaration.number),
            ]
        ),
        _goods(declaration),
        Text(_statement(declaration, number, land(origins.pop())), size=10),
        Text(_signature(declaration)),
    ]
    return _print(declaration, "Statement on origin", blocks)


def _statement(declaration: Declaration, number: str, country: str) -> str:
    """The words of the one agreement that the goods' papers name; else those that most agreements print."""
    named = {code for line in declaration.lines.all() for code in proofs.named(line.evidence)}
    wording = (
        proofs.BY_CODE[named.pop()].wording if len(named) == 1 and named <= proofs.BY_CODE.keys() else ""
    )
    if not wording:
        return STATEMENT.format(number=number, origin=country)
    mark = "" if number == "–" else f" (customs authorisation No {number})"
    return wording.format(number=mark, origin=country)


def proforma(declaration: Declaration) -> bytes:
    """Print the proforma invoice: what the commercial invoice will say, for permits and quotes."""
    seller, buyer = p.seller(declaration), p.buyer(declaration)
    freight, insurance = declaration.freight_amount, declaration.insurance_amount
    whole = declaration.value_amount + freight + insurance
    rows = [
        [
            f"{p.words(line)}",
            line.hs_code,
            line.origin,
            str(line.quantity),
            f"{line.net_weight_kg or 0:.3f}",
            f"{line.value_amount / line.quantity:.2f}",
            f"{line.value_amount:.2f}",
        ]
        for line in declaration.lines.all()
    ]
    rows += [
        ["Goods", "", "", "", f"{p.net(declaration):.3f}", "", f"{declaration.value_amount:.2f}"],
        ["Freight", "", "", "", "", "", f"{freight:.2f}"],
        ["Insurance", "", "", "", "", "", f"{insurance:.2f}"],
        ["Total", "", "", "", "", declaration.currency, f"{whole:.2f}"],
    ]
    blocks: list[Block] = [
        Title("Proforma invoice"),
        Text("Not a demand for payment. For customs and permits only.", soft=True),
        Pairs(
            [
                ("Number", f"PRO-{declaration.number}"),
                ("Date", f"{declaration.drafted_at:%d %B %Y}"),
                ("Seller", _address(seller)),
                ("Buyer", _address(buyer)),
                ("Seller's number", seller["eori"] or "–"),
                ("Buyer's tax number", declaration.buyer_tax_id or "–"),
                ("Terms (Incoterms 2020)", f"{declaration.terms} {declaration.to_town}"),
                ("Reason for export", "Sale of goods"),
                ("Transport", declaration.mode or "post"),
                ("Gross weight", f"{p.gross(declaration):.3f} kg"),
            ]
        ),
        Grid(
            ["Goods", "HS code", "Origin", "Pieces", "Net kg", "Each", f"Value {declaration.currency}"],
            rows,
            numbers=(3, 4, 5, 6),
            widths=(4, 1.2, 0.9, 0.9, 1, 1.1, 1.3),
            totals=4,
        ),
        Text(_signature(declaration)),
    ]
    return _print(declaration, "Proforma invoice", blocks)


def land(code: str) -> str:
    """Name a country in English, as the agreements write it."""
    return str(Locale("en").territories.get(code, code))


def _goods(declaration: Declaration) -> Grid:
    rows = [
        [
            f"{line.quantity} × {p.words(line)}",
            f"{line.net_weight_kg or 0:.3f}",
            f"{line.value_amount:.2f}",
            line.hs_code[:6] or "–",
            line.origin or "–",
        ]
        for line in declaration.lines.all()
    ]
    rows.append(
        ["Total (gross weight)", f"{p.gross(declaration):.3f}", f"{declaration.value_amount:.2f}", "", ""]
    )
    header = [
        "Quantity and detailed description", "Net kg", f"Value {declaration.currency}", "HS code", "Origin",
    ]  # fmt: skip
    return Grid(header, rows, numbers=(1, 2), widths=(5, 1.2, 1.4, 1.2, 1), totals=1)


def _categories() -> list[tuple[str, str]]:
    return [(name, "[X]" if name == "Sale of goods" else "[  ]") for name in CATEGORIES]


def _address(party: dict[str, str]) -> str:
    place = f"{party['postalCode']} {party['town']}".strip()
    return "\n".join(filter(None, [party["name"], party["street"], f"{place}, {party['country']}"]))


def _tax_reference(declaration: Declaration) -> str:
    kind = p.tax_kind(declaration.to_country)
    number = p.tax_id(declaration, kind) if kind else ""
    return f"{kind} {number}" if number else ""


def _comments(declaration: Declaration) -> str:
    chapters = {line.hs_code[:2] for line in declaration.lines.all()}
    said = []
    if chapters & {"02", "03", "04", "16"}:
        said.append("Veterinary certificate")
    if chapters & {"06", "07", "08", "10", "12"}:
        said.append("Phytosanitary inspection")
    if any(line.battery_un for line in declaration.lines.all()):
        said.append("Lithium battery")
    return ", ".join(said) or "–"


def _amount(amount: Decimal, declaration: Declaration) -> str:
    return f"{amount:.2f} {declaration.currency}"


def _signature(declaration: Declaration) -> str:
    return f"Date and signature of the sender: {declaration.drafted_at:%d %b %Y}, {declaration.seller.name}"


def _print(declaration: Declaration, name: str, blocks: list[Block]) -> bytes:
    return render([*blocks, Line()], title=f"{name} {declaration.number}", footer=declaration.number)


def _file(form: str) -> Callable[[Declaration], bytes]:
    return functools.partial(_write, form=form)


def _write(declaration: Declaration, *, form: str) -> bytes:
    return datasets.file_of(declaration, form)


PAPERS: Final[dict[str, tuple[str, Callable[[Declaration], bytes]]]] = {
    "cn22.pdf": ("application/pdf", cn22),
    "cn23.pdf": ("application/pdf", cn23),
    "origin.pdf": ("application/pdf", origin_statement),
    "proforma.pdf": ("application/pdf", proforma),
    "h7.json": ("application/json", _file("h7")),
    "ens.json": ("application/json", _file("ens")),
    "itmatt.json": ("application/json", _file("itmatt")),
    "sad.xml": ("application/xml", _file("sad")),
}
TITLES: Final = {
    "cn22.pdf": "CN 22",
    "cn23.pdf": "CN 23",
    "origin.pdf": "Statement on origin",
    "proforma.pdf": "Proforma invoice",
    "h7.json": "EU H7",
    "ens.json": "ICS2 ENS",
    "itmatt.json": "UPU ITMATT",
    "sad.xml": "ASYCUDA SAD",
}
