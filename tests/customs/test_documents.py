"""Customs papers: every field that the forms ask for stands on the page."""

from __future__ import annotations

from decimal import Decimal

import pypdfium2  # type: ignore[import-untyped]  # it ships no types
import pytest

from customs import documents
from customs.models import Declaration
from customs.refusals import DeclarationIncomplete
from marketplace.kit.money import Money
from marketplace.kit.places import Place
from tests.customs.world import basket, company, declared

pytestmark = pytest.mark.django_db


def text_of(content: bytes) -> str:
    paper = pypdfium2.PdfDocument(content)
    return " ".join(" ".join(page.get_textpage().get_text_range().split()) for page in paper)


@pytest.fixture
def parcel() -> Declaration:
    seller = company("COM-1", "Kiondo Weavers", tax_ids={"IOSS": "IM3720000000", "EORI": "KE0000001"})
    lines = (
        basket(),
        basket(hs_code="070200", customs_description="tomatoes, fresh, for eating", quantity=3),
    )
    return declared("ORD-1", seller, *lines, ship_to=Place("DE", "10115", "Berlin"), buyer_tax_id="DE-77")


def test_cn22_says_category_goods_weights_values_and_is_signed(parcel: Declaration) -> None:
    text = text_of(documents.cn22(parcel))

    for words in (
        *("CN 22", "[X]", "Sale of goods", "Gift", "Commercial sample", "Returned goods"),
        *("2 × woven basket, of sisal 100%, for storing things at home", "1.200", "60.00", "460219", "KE"),
        *("3.200", "120.00", "Value EUR", "no dangerous article", "24 Nov 2026, Kiondo Weavers"),
    ):
        assert words in text, words


def test_cn23_adds_both_addresses_importer_charges_and_comments(parcel: Declaration) -> None:
    text = text_of(documents.cn23(parcel))

    for words in (
        *(
            "CN 23",
            "Kiondo Weavers Market Road 4 00100 Nairobi, KE",
            "Clara Whitfield Elm Street 12 10115 Berlin, DE",
        ),
        *("+44 113 000", "clara@mail.example", "DE-77", "IOSS IM3720000000", "8.00 EUR", "0.50 EUR"),
        *("Phytosanitary inspection", "Nairobi, KE", parcel.number, "ORD-1", "Office of origin"),
    ):
        assert words in text, words


def test_the_statement_on_origin_has_the_text_of_the_agreements(parcel: Declaration) -> None:
    text = text_of(documents.origin_statement(parcel))

    assert (
        "The exporter of the products covered by this document (customs authorisation No KE0000001) declares "
        "that, except where otherwise clearly indicated, these products are of Kenya preferential origin."
    ) in text


def test_no_statement_for_goods_of_several_origins() -> None:
    mixed = declared("ORD-2", company("COM-2", "Mixed"), basket(), basket(origin="TZ"))

    with pytest.raises(DeclarationIncomplete, match="all goods must have the same country of origin"):
        documents.origin_statement(mixed)


def test_the_proforma_adds_freight_and_insurance_to_the_total(parcel: Declaration) -> None:
    text = text_of(documents.proforma(parcel))

    for words in (
        *(
            "Proforma invoice",
            f"PRO-{parcel.number}",
            "Not a demand for payment",
            "DDP Berlin",
            "Sale of goods",
        ),
        *("KE0000001", "DE-77", "30.00", "20.00", "120.00", "8.00", "0.50", "128.50", "3.200 kg"),
    ):
        assert words in text, words


def test_the_same_rows_print_the_same_bytes(parcel: Declaration) -> None:
    for name, (_media, write) in documents.PAPERS.items():
        if name.endswith("pdf"):
            assert write(parcel) == write(parcel), name


def test_letters_of_other_alphabets_are_printed() -> None:
    seller = company("COM-3", "深圳亮电有限公司", "CN", town="深圳", street="南山区 8 号")
    lamp = basket(
        customs_description="lampe décorative, en bambou, pour le salon", hs_code="940521", origin="CN",
        value=Money(Decimal(20), "EUR"),
    )  # fmt: skip

    text = text_of(documents.cn23(declared("ORD-3", seller, lamp, buyer_name="Łukasz Żółć")))

    assert "深圳亮电有限公司" in text
    assert "décorative" in text
    assert "Łukasz Żółć" in text
