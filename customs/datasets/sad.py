"""The single administrative document as ASYCUDA World reads it (XML)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

from django.conf import settings

from customs import shipments
from customs.datasets import parties as p
from customs.datasets.fields import AMOUNT, COUNTRY, CURRENCY, MASS, Field
from customs.models import Declaration, DeclarationLine

_G: Final = "General_information.Country"
_CODE: Final = "needs 6 to 8 digits"
_HEAVY: Final = "must be above zero"
RULES: Final = (
    Field("Identification.Declarant_reference", "declarant's reference", 35),
    Field("Identification.Type_of_declaration", "type of declaration", codes=frozenset({"IM", "EX"})),
    Field("Identification.Procedure_code", "general procedure", form=r"\d"),
    Field("Traders.Exporter.Exporter_name", "exporter's name", 175),
    Field("Traders.Consignee.Consignee_name", "consignee's name", 175),
    Field("Declarant.Declarant_code", "declarant's code", 17),
    Field(f"{_G}.Country_first_destination", "country of destination", form=COUNTRY),
    Field(f"{_G}.Export_country_code", "country of export", form=COUNTRY),
    Field("Transport.Delivery_terms_code", "terms of delivery", form=r"[A-Z]{3}"),
    Field("Transport.Mode", "mode of transport", codes=frozenset("123459")),
    Field("Valuation.Gs_Invoice.Amount_foreign_currency", "invoice value", form=AMOUNT),
    Field("Valuation.Gs_Invoice.Currency_code", "currency", form=CURRENCY),
    Field("Valuation.Gs_external_freight.Amount_foreign_currency", "freight", form=AMOUNT),
    Field("Valuation.Gs_insurance.Amount_foreign_currency", "insurance", form=AMOUNT),
    Field("Item[].Tarification.HScode.Commodity_code", "commodity code", form=r"\d{8}", hint=_CODE),
    Field("Item[].Tarification.Extended_customs_procedure", "extended procedure", form=r"\d{4}"),
    Field("Item[].Goods_description.Country_of_origin_code", "country of origin", form=COUNTRY),
    Field("Item[].Goods_description.Commercial_Description", "goods description", 280),
    Field("Item[].Packages.Number_of_packages", "number of packages", form=r"[1-9]\d{0,7}"),
    Field("Item[].Packages.Kind_of_packages_code", "kind of packages", form=r"[A-Z0-9]{2}"),
    Field("Item[].Valuation_item.Weight_itm.Gross_weight_itm", "gross mass", form=MASS, hint=_HEAVY),
    Field("Item[].Valuation_item.Weight_itm.Net_weight_itm", "net mass", form=MASS, hint=_HEAVY),
    Field("Item[].Valuation_item.Item_Invoice.Amount_foreign_currency", "value", form=AMOUNT),
)  # fmt: skip


def data(declaration: Declaration) -> dict[str, Any]:
    """Write the document as nested names and values; `xml` turns it into ASYCUDA's file."""
    freight = p.shares(declaration, declaration.freight_amount)
    waybill = shipments.numbers(declaration.order_number).waybill
    return {
        "Identification": {
            "Type_of_declaration": "IM",
            "Procedure_code": declaration.procedure[:1],
            "Declarant_reference": declaration.number,
        },
        "Traders": {
            "Exporter": {"Exporter_name": _address(p.seller(declaration))},
            "Consignee": {
                "Consignee_code": declaration.buyer_tax_id,
                "Consignee_name": _address(p.buyer(declaration)),
            },
        },
        "Declarant": {"Declarant_code": settings.CUSTOMS_DECLARANT_ID},
        "General_information": {
            "Country": {
                "Country_first_destination": declaration.to_country,
                "Export_country_code": declaration.from_country,
                "Trading_country": declaration.seller.country,
            }
        },
        "Transport": {
            "Delivery_terms_code": declaration.terms,
            "Delivery_terms_place": declaration.to_town,
            "Mode": p.mode_code(declaration),
        },
        "Valuation": {
            "Total_weight": p.mass(p.gross(declaration)),
            "Gs_Invoice": _amount(declaration.value_amount, declaration),
            "Gs_external_freight": _amount(declaration.freight_amount, declaration),
            "Gs_insurance": _amount(declaration.insurance_amount, declaration),
        },
        "Item": [
            _item(declaration, line, cost, waybill)
            for line, cost in zip(declaration.lines.all(), freight, strict=True)
        ],
    }


def _item(declaration: Declaration, line: DeclarationLine, freight: Decimal, waybill: str) -> dict[str, Any]:
    code = line.hs_code[:8]
    papers = {"380": declaration.order_number}
    if waybill:
        papers[shipments.document_kind(declaration.mode).removeprefix("N")] = waybill
    return {
        "Packages": {"Number_of_packages": "1", "Kind_of_packages_code": "PK"},
        "Tarification": {
            "HScode": {"Commodity_code": code.ljust(8, "0") if len(code) >= 6 else code},
            "Extended_customs_procedure": declaration.procedure,
        },
        "Goods_description": {
            "Country_of_origin_code": line.origin,
            "Commercial_Description": p.words(line)[:280],
        },
        "Supplementary_unit": {"Quantity": str(line.quantity)},
        "Attached_documents": [
            {"Attached_document_code": kind, "Attached_document_reference": number}
            for kind, number in papers.items()
        ],
        "Valuation_item": {
            "Weight_itm": {
                "Gross_weight_itm": p.mass(line.gross_weight_kg),
                "Net_weight_itm": p.mass(line.net_weight_kg),
            },
            "Item_Invoice": _amount(line.value_amount, declaration),
            "item_external_freight": _amount(freight, declaration),
        },
    }


def xml(given: Mapping[str, Any]) -> bytes:
    """Turn the nested values into the file."""
    root = Element("ASYCUDA")
    _grow(root, given)
    body: bytes = tostring(root, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body


def _grow(parent: Element, given: Mapping[str, Any]) -> None:
    for name, value in given.items():
        for one in value if isinstance(value, list) else [value]:
            child = SubElement(parent, name)
            if isinstance(one, Mapping):
                _grow(child, one)
            else:
                child.text = str(one)


def _amount(amount: Decimal, declaration: Declaration) -> dict[str, str]:
    return {"Amount_foreign_currency": f"{amount:.2f}", "Currency_code": declaration.currency}


def _address(party: Mapping[str, str]) -> str:
    parts = [
        party["name"],
        party["street"],
        f"{party['postalCode']} {party['town']}".strip(),
        party["country"],
    ]
    return ", ".join(filter(None, parts))[:175]
