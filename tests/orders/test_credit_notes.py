"""Invoices of several tax rates, and a credit note for each refund: figures by hand, valid for programs.

The order: 2 × thing 1, EUR 40.00 at 7 %, 3 × thing 2, EUR 60.00 at 19 %; delivery 20.00, cover 2.00,
duty 3.00 for each kind, exchange 0.50. By value the way is 8.80 and 13.20, so the tax bases are 51.80 (40 +
8.80 + 3) and 76.20 (60 + 13.20 + 3), the taxes 3.626 → 3.63 and 14.478 → 14.48. Together 146.61.
"""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import facturx
import pytest
from django.test import Client
from lxml import etree

from marketplace.documents.models import Document
from marketplace.kit.money import Money
from orders import actions, invoices
from orders.models import BuyerInvoice, Order, OrderLine
from orders.payments import actions as payments
from orders.payments.shares import PARTS
from orders.pieces import Pieces, give_back
from orders.tax_schemes import Scheme, scheme_of
from tests.orders.sold import Goods, sold
from tests.papers.rules import FACTUR_X, UBL, broken
from tests.papers.test_einvoices import values

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
SEVEN = Goods(2, "40.00", "7%", "51.80", "3.63", duty="3.00")
NINETEEN = Goods(3, "60.00", "19%", "76.20", "14.48", duty="3.00")
WAY = {"freight": "20.00", "insurance": "2.00", "duty": "6.00", "exchange": "0.50"}


@pytest.fixture
def order(settings) -> Order:
    settings.OPERATOR = {"name": "Sampan", "country": "IE", "town": "Dublin", "VAT": "IE6388047V"}
    settings.PLATFORM_TAX_NUMBERS = {"IOSS": "IM3720000000"}
    made = sold("1", "EU-LV3-IOSS", [SEVEN, NINETEEN], country="DE", currency="EUR", at=NOON, **WAY)
    actions.issue_invoice(order_number=made.number, at=NOON)
    return made


def euro(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def notes(order: Order) -> list[BuyerInvoice]:
    actions.issue_credit_notes(order_number=order.number, at=NOON)
    return list(order.invoices.filter(kind="381").order_by("pk"))


def kept(number: str, ending: str) -> bytes:
    with Document.objects.get(filename=f"{number}.{ending}").file.open() as file:
        content: bytes = file.read()
    return content


def piece(order: Order, reference: str, now: int, before: int = 0) -> Pieces:
    return Pieces(OrderLine.objects.get(order=order, reference=reference), now, before)


def subtotals(message: bytes) -> list[tuple[str, str, str]]:
    """Class and rate, base, tax of each subtotal."""
    path = "cac:TaxTotal/cac:TaxSubtotal/"
    rates = values(message, f"{path}cac:TaxCategory/cbc:Percent")
    bases, taxes = (values(message, f"{path}cbc:{name}") for name in ("TaxableAmount", "TaxAmount"))
    return list(zip(rates, bases, taxes, strict=True))


def test_goods_of_two_rates_stand_on_one_invoice_with_a_subtotal_for_each(order: Order, tmp_path: Path):
    number = order.invoices.get().number

    message = kept(number, "xml")

    assert subtotals(message) == [("7", "51.80", "3.63"), ("19", "76.20", "14.48"), ("0", "0.50", "0.00")]
    assert values(message, "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount") == ["146.61"]
    assert broken(message, UBL, tmp_path) == []


def test_a_returned_piece_has_a_note_of_its_line_and_its_rate(order: Order, tmp_path: Path):
    """One of three: 20.00, way 4.40, duty 1.00, exchange 0.10; 19 % of 25.40 is 4.826 → 4.83; 30.33."""
    back = give_back(order, [piece(order, "2", 1)], PARTS, at_sale=True)
    amounts = {name: f"{money.rounded().amount}" for name, money in back.parts.items()}

    payments.refund(order.number, None, "Return", "ret-1", lines=back.parts, of_lines=back.lines, at=NOON)
    [note] = notes(order)

    assert amounts == {
        "goods": "20.00", "exchange": "0.10", "freight": "4.00", "insurance": "0.40", "duty": "1.00",
        "tax": "4.83", "fees": "0.00",
    }  # fmt: skip
    assert (note.number, note.total_amount, note.tax_amount) == (
        "CRN-2026-000001",
        Decimal("30.33"),
        Decimal("4.83"),
    )
    message = kept(note.number, "xml")
    assert subtotals(message) == [("19", "25.40", "4.83"), ("0", "0.10", "0.00")]
    assert values(message, "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID") == ["INV-2026-000001"]
    assert values(message, "cac:CreditNoteLine/cbc:CreditedQuantity") == ["1"]
    assert values(message, "cac:CreditNoteLine/cac:Item/cbc:Name") == ["Thing 2"]
    assert broken(message, UBL, tmp_path) == []
    name, inside = facturx.get_facturx_xml_from_pdf(kept(note.number, "pdf"))
    assert (name, b"<ram:TypeCode>381</ram:TypeCode>" in inside) == ("factur-x.xml", True)
    assert b"INV-2026-000001" in inside
    assert broken(inside, FACTUR_X, tmp_path) == []


def test_an_amount_alone_is_shared_by_what_everything_costs(order: Order, tmp_path: Path):
    """A tenth, 14.66: goods 4.00 and 6.00, the way 1.18 and 1.62; taxes of 5.18 and 7.62: 0.36 and 1.45."""
    payments.refund(order.number, euro("14.66"), "A scratch", "scratch", at=NOON)

    [note] = notes(order)

    assert note.spread == {
        "goods": {"1": "4.00", "2": "6.00"}, "charges": {"0": "1.18", "1": "1.62", "2": "0.05"},
        "tax": {"S 7": "0.36", "S 19": "1.45"}, "bases": {"S 7": "5.18", "S 19": "7.62", "E 0": "0.05"},
    }  # fmt: skip
    assert broken(kept(note.number, "xml"), UBL, tmp_path) == []


@pytest.mark.parametrize("seed", range(6))
def test_any_number_of_notes_takes_the_whole_invoice_back(order: Order, seed: int, tmp_path: Path):
    """A returned piece, small amounts and the rest: every line, charge, base and tax is back to the cent."""
    back = give_back(order, [piece(order, str(1 + seed % 2), 1)], PARTS, at_sale=True)
    payments.refund(order.number, None, "Return", "ret", lines=back.parts, of_lines=back.lines, at=NOON)
    for n in range(seed):
        payments.refund(order.number, euro(f"{7 + n}.{n}{seed}"), "Goodwill", f"good-{n}", at=NOON)
    payments.refund(order.number, None, "All that is left", "rest", at=NOON)

    made = notes(order)

    sums: dict[str, dict[str, Decimal]] = {}
    for note in made:
        for kind, amounts in note.spread.items():
            for key, amount in amounts.items():
                sums.setdefault(kind, {}).setdefault(key, Decimal(0))
                sums[kind][key] += Decimal(amount)
    assert sums == {
        "goods": {"1": Decimal("40.00"), "2": Decimal("60.00")},
        "charges": {"0": Decimal("11.80"), "1": Decimal("16.20"), "2": Decimal("0.50")},
        "tax": {"S 7": Decimal("3.63"), "S 19": Decimal("14.48")},
        "bases": {"S 7": Decimal("51.80"), "S 19": Decimal("76.20"), "E 0": Decimal("0.50")},
    }
    assert [note.number for note in made] == [f"CRN-2026-{n:06d}" for n in range(1, seed + 3)]
    assert sum(note.total_amount for note in made) == order.total_amount
    assert not any(note.problem for note in made)
    assert all(broken(kept(note.number, "xml"), UBL, tmp_path) == [] for note in made)


def test_pieces_one_by_one_are_never_more_than_the_line(order: Order):
    """Duty 3.00 and tax 14.48 for three pieces: 4.83 + 4.82 + 4.83, whatever comes first."""
    each = [give_back(order, [piece(order, "2", 1, n)], PARTS, at_sale=True).parts for n in range(3)]

    assert [f"{parts['tax'].amount}" for parts in each] == ["4.83", "4.82", "4.83"]
    for name, whole in {"goods": "60.00", "duty": "3.00", "tax": "14.48", "freight": "12.00"}.items():
        assert sum((parts[name] for parts in each), euro("0")) == euro(whole), name


def test_goods_without_the_way_give_back_the_tax_on_the_goods_alone(order: Order, tmp_path: Path):
    """3 × thing 2 with duty, not the way: 19 % of 63.00 is 11.97 of the 14.48."""
    back = give_back(order, [piece(order, "2", 3)], ("goods", "exchange", "duty", "tax"), at_sale=True)

    payments.refund(order.number, None, "Missing", "missing", lines=back.parts, of_lines=back.lines, at=NOON)
    [note] = notes(order)

    assert {name: f"{money.rounded().amount}" for name, money in back.parts.items()} == {
        "goods": "60.00", "exchange": "0.30", "duty": "3.00", "tax": "11.97",
    }  # fmt: skip
    assert subtotals(kept(note.number, "xml")) == [("19", "63.00", "11.97"), ("0", "0.30", "0.00")]


def test_delivery_paid_back_for_goodwill_leaves_the_tax_as_it_is(order: Order, tmp_path: Path):
    payments.refund(order.number, None, "Late", "late", lines={"freight": euro("5.00")}, at=NOON)

    [note] = notes(order)

    assert (note.total_amount, note.tax_amount, note.problem) == (Decimal("5.00"), Decimal(0), "")
    message = kept(note.number, "xml")
    assert values(message, "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:ID") == ["O"]
    assert note.spread["tax"] == note.spread["bases"] == {}
    assert broken(message, UBL, tmp_path) == []


def test_a_refund_that_is_told_twice_has_one_note_and_one_before_the_invoice_waits_for_it(settings):
    settings.OPERATOR = {"name": "Sampan", "country": "IE", "town": "Dublin", "VAT": "IE6388047V"}
    made = sold("2", "EU-LV3-IOSS", [SEVEN, NINETEEN], country="DE", currency="EUR", at=NOON, **WAY)
    payments.refund(made.number, euro("14.66"), "A scratch", "scratch", at=NOON)

    assert notes(made) == []
    actions.issue_invoice(order_number=made.number, at=NOON)
    assert len(notes(made)) == len(notes(made)) == 1
    assert notes(made)[0].corrects == made.invoices.get(kind="380")


def test_zero_rated_and_taxed_goods_stand_in_classes_of_their_own(settings, tmp_path: Path):
    """Australia: food 30.00 at 0 %, soap 50.00 at 10 %, delivery 10.00 and 15.00: tax 6.50 of 65.00."""
    settings.OPERATOR = {"name": "Sampan", "country": "IE", "town": "Dublin", "VAT": "IE6388047V"}
    settings.PLATFORM_TAX_NUMBERS = {"AU-GST": "300012345678"}
    lines = [Goods(1, "30.00", "0%", "40.00", "0.00"), Goods(1, "50.00", "10%", "65.00", "6.50")]
    order = sold("3", "AU-LVG", lines, country="AU", currency="AUD", at=NOON, freight="25.00")

    actions.issue_invoice(order_number=order.number, at=NOON)
    payments.refund(order.number, None, "All", "all", at=NOON)
    [note] = notes(order)

    message = kept(order.invoices.get(kind="380").number, "xml")
    path = "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:ID"
    assert (values(message, path), subtotals(message)) == (
        ["Z", "S"], [("0", "40.00", "0.00"), ("10", "65.00", "6.50")],
    )  # fmt: skip
    assert subtotals(kept(note.number, "xml")) == subtotals(message)
    assert broken(message, UBL, tmp_path) == broken(kept(note.number, "xml"), UBL, tmp_path) == []


def test_goods_outside_the_tax_say_why_and_their_note_as_well(settings, tmp_path: Path):
    settings.OPERATOR = {"name": "Sampan", "country": "IE", "town": "Dublin", "VAT": "IE6388047V"}
    lines = [Goods(1, "150.00", "19%", "190.00", "36.10"), Goods(1, "10.00", "7%", "12.00", "0.84")]
    order = sold("4", "EU-NORMAL", lines, country="DE", currency="EUR", at=NOON, freight="42.00")

    actions.issue_invoice(order_number=order.number, at=NOON)
    payments.refund(order.number, None, "All", "all", at=NOON)
    [note] = notes(order)

    assert scheme_of(order) is None
    for number in (order.invoices.get(kind="380").number, note.number):
        message = kept(number, "xml")
        assert values(message, "cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:TaxExemptionReason") == [
            "No tax is due on this sale where the goods are sent from"
        ]
        assert values(message, "cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount") == ["238.94"]
        assert broken(message, UBL, tmp_path) == []


def test_a_number_without_a_country_gets_that_of_its_scheme(order: Order, settings):
    settings.PLATFORM_TAX_NUMBERS = {}
    scheme = Scheme("VOEC", "2021234", "NO-VOEC")
    order.group.country = "NO"

    made = invoices.invoice_of(order, number="INV-1", on=NOON.date(), scheme=scheme)

    assert made.representative is not None
    assert made.representative.vat_id == "NO2021234"


def test_the_buyer_finds_every_note_and_nobody_else_does(order: Order):
    for n in (1, 2):
        payments.refund(order.number, euro("5.00"), "Goodwill", f"g-{n}", at=NOON)
    made = notes(order)
    client = Client()
    page = client.get(order.signed_link, follow=True)

    text = page.content.decode()

    for note in made:
        assert f"{note.number}.pdf" in text
        assert f"{note.number}.xml" in text
        paper = Document.objects.get(filename=f"{note.number}.pdf")
        address = f"/orders/{order.number}/papers/{paper.number}/"
        assert b"".join(client.get(address).streaming_content).startswith(b"%PDF")  # type: ignore[attr-defined]
        assert Client().get(address).status_code == 404
    assert etree.fromstring(kept(made[1].number, "xml")) is not None
