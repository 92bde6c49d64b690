"""Electronic invoices: valid against the published schemas and the official rules, exact to the cent."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import facturx
import pytest
from lxml import etree

from marketplace.documents import einvoice, pdf
from marketplace.documents.einvoice import DoesNotAddUp, Invoice, InvoiceCharge, InvoiceLine, Party, Tax
from marketplace.kit.money import Money
from tests.papers.rules import FACTUR_X, UBL, broken

SEVEN = Tax(einvoice.STANDARD, Decimal(7))
MARGIN = Tax(einvoice.EXEMPT, reason="Exchange of currency, exempt")
IPOH = Party("Kopi Bunga Kertas", "MY", "Main street 1", "Ipoh", "30000", number="COM-MY1")
BERLIN = Party("Jana Richter", "DE", "Torstraße 1", "Berlin", "10115", email="jana@mail.example")
US = Party("Sampan", "IE", "1 Quay", "Dublin", "D01", vat_id="IM3720000000")


def euro(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def coffee() -> Invoice:
    """Three packs of coffee to Berlin, tax taken at the sale: 25.60 at 7 % is 1.79, with margin 27.45."""
    return Invoice(
        number="INV-2026-000001", issued_on=date(2026, 11, 24), seller=IPOH, buyer=BERLIN, currency="EUR",
        lines=(InvoiceLine("White Coffee", Decimal(3), euro("11.85"), SEVEN, "COFFEE", "MY"),),
        charges=(
            InvoiceCharge("Delivery", euro("9.85"), SEVEN), InvoiceCharge("Cover", euro("0.90"), SEVEN),
            InvoiceCharge("Duty", euro("3.00"), SEVEN), InvoiceCharge("Exchange", euro("0.06"), MARGIN),
        ),
        taxes={SEVEN: euro("1.79")}, paid=euro("27.45"), representative=US, ship_to=BERLIN, order="ORD-1",
    )  # fmt: skip


def values(message: bytes, path: str) -> list[str]:
    root = etree.fromstring(message)
    return [str(node.text) for node in root.iterfind(path, {k or "i": v for k, v in root.nsmap.items()})]


def test_an_invoice_keeps_schema_and_rules_in_both_forms(tmp_path):
    made = coffee()

    ubl, message = einvoice.as_ubl(made), einvoice.as_factur_x(made)

    assert f"{made.gross}" == "EUR 27.45"
    assert values(ubl, "cac:LegalMonetaryTotal/cbc:PayableAmount") == ["0.00"]
    assert values(ubl, "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount") == ["27.45"]
    assert values(ubl, "cac:TaxTotal/cac:TaxSubtotal/cbc:TaxableAmount") == ["25.60", "0.06"]
    assert values(ubl, "cac:TaxRepresentativeParty/cac:PartyTaxScheme/cbc:CompanyID") == ["IM3720000000"]
    assert broken(ubl, UBL, tmp_path) == []
    assert broken(message, FACTUR_X, tmp_path) == []


def test_the_paper_carries_the_message_that_programs_read():
    made = coffee()

    paper = einvoice.in_pdf(pdf.render([pdf.Title("Invoice")], title="Invoice"), made)

    name, message = facturx.get_facturx_xml_from_pdf(paper)
    assert name == "factur-x.xml"
    assert facturx.get_level(etree.fromstring(message)) == "en16931"
    assert b"25.60" in message


def test_a_sale_outside_the_scope_of_the_tax_and_a_credit_note_keep_the_rules(tmp_path):
    outside = Tax(einvoice.OUTSIDE, reason="Not subject to VAT")
    made = replace(
        coffee(),
        lines=(InvoiceLine("Basket", Decimal(2), euro("43.30"), outside),),
        charges=(InvoiceCharge("Import tax paid for you", euro("9.10"), outside),),
        taxes={},
        representative=None,
        paid=euro("52.40"),
    )

    assert broken(einvoice.as_ubl(made), UBL, tmp_path) == []
    note = replace(coffee(), kind=einvoice.CREDIT_NOTE, number="CRN-2026-000001")
    assert b"CreditNote" in einvoice.as_ubl(note)
    assert broken(einvoice.as_ubl(note), UBL, tmp_path) == []


@pytest.mark.parametrize(
    ("taxes", "words"),
    [
        ({SEVEN: euro("2.79")}, "is EUR 1.79, not EUR 2.79"),
        ({}, "not EUR 0"),
        ({Tax("S", Decimal(19)): euro("1")}, "no base"),
    ],
)
def test_an_invoice_whose_tax_is_wrong_is_not_written(taxes, words):
    with pytest.raises(DoesNotAddUp, match=words):
        einvoice.as_ubl(replace(coffee(), taxes=taxes))


def test_amounts_of_no_and_of_three_decimals_are_written_as_they_are():
    zero = Tax(einvoice.OUTSIDE, reason="Not subject to VAT")
    for currency, amount in (("JPY", "1250"), ("KWD", "1.234")):
        money = Money(Decimal(amount), currency)
        line = InvoiceLine("Basket", Decimal(1), money, zero)
        made = replace(
            coffee(), currency=currency, lines=(line,), charges=(), taxes={}, paid=money, representative=None
        )
        assert values(einvoice.as_ubl(made), "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount") == [amount]
