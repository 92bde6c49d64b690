"""Declarations as the authorities read them: EU H7, UPU ITMATT, ASYCUDA SAD, from frozen rows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final
from xml.etree.ElementTree import Element, SubElement, tostring

from customs.describing import judge
from customs.grounds import EU
from customs.models import Declaration, DeclarationLine

H7_LIMIT_EUR: Final = Decimal(150)


def faults(declaration: Declaration) -> list[str]:
    """Name the fields that an authority would refuse, by their path."""
    found = []
    for line in declaration.lines.all():
        where = f"item {line.position}"
        if len(line.hs_code) < 6:
            found.append(f"{where}: commodity code needs 6 digits")
        if len(line.origin) != 2:
            found.append(f"{where}: country of origin is missing")
        if not line.gross_weight_kg:
            found.append(f"{where}: gross mass is missing")
        if judge(_words(line)).is_vague:
            found.append(f"{where}: goods description is too vague")
    return found


def best(declaration: Declaration) -> dict[str, Any]:
    """Choose the data set for the destination: H7 for small EU parcels, ITMATT for others."""
    euro = declaration.value_euro
    if declaration.to_country in EU and euro is not None and euro <= H7_LIMIT_EUR:
        return h7(declaration)
    return itmatt(declaration)


def h7(declaration: Declaration) -> dict[str, Any]:
    """Write the EU data set for parcels up to EUR 150 (Del. Reg. 2015/2446, annex B, column H7)."""
    ioss = _tax_id(declaration, "IOSS")
    return {
        "dataSet": "H7",
        "declarationType": "IM",
        "additionalDeclarationType": "A",
        "lrn": declaration.number,
        "additionalProcedures": ["C07", "F48" if ioss else "F49"],
        "additionalFiscalReferences": [{"role": "FR5", "identifier": ioss}] if ioss else [],
        "exporter": _seller(declaration),
        "importer": _buyer(declaration),
        "intrinsicValue": _money(declaration.value_amount, declaration.currency),
        "goodsItems": [
            {
                "itemNumber": line.position,
                "description": _words(line)[:512],
                "commodityCode": line.hs_code[:6],
                "countryOfOrigin": line.origin,
                "grossMassKg": _weight(line.gross_weight_kg),
                "packages": 1,
                "supplementaryUnits": str(line.quantity),
                "intrinsicValue": _money(line.value_amount, line.currency),
            }
            for line in declaration.lines.all()
        ],
    }


def itmatt(declaration: Declaration) -> dict[str, Any]:
    """Write the item data that posts and carriers send ahead (UPU M33 ITMATT)."""
    lines = list(declaration.lines.all())
    return {
        "dataSet": "ITMATT",
        "version": "M33-12",
        "reference": declaration.number,
        "natureOfTransaction": "11",
        "sender": _seller(declaration),
        "addressee": _buyer(declaration),
        "grossWeightKg": _weight(sum((line.gross_weight_kg or Decimal(0) for line in lines), Decimal(0))),
        "declaredValue": _money(declaration.value_amount, declaration.currency),
        "contentPieces": [
            {
                "number": line.position,
                "description": _words(line)[:60],
                "quantity": line.quantity,
                "netWeightKg": _weight(line.net_weight_kg),
                "value": _money(line.value_amount, line.currency),
                "tariffHeading": line.hs_code[:6],
                "originCountry": line.origin,
            }
            for line in lines
        ],
    }


def sad_xml(declaration: Declaration) -> bytes:
    """Write the single administrative document as ASYCUDA World reads it."""
    root = Element("ASYCUDA")
    head = SubElement(root, "Identification")
    _put(head, "Declarant_reference", declaration.number)
    traders = SubElement(root, "Traders")
    _put(SubElement(traders, "Exporter"), "Exporter_name", declaration.seller.name)
    _put(SubElement(traders, "Consignee"), "Consignee_name", declaration.buyer_name)
    country = SubElement(SubElement(root, "General_information"), "Country")
    _put(country, "Country_first_destination", declaration.to_country)
    _put(country, "Export_country_code", declaration.from_country)
    _put(SubElement(root, "Transport"), "Delivery_terms_code", declaration.terms)
    invoice = SubElement(SubElement(root, "Valuation"), "Gs_Invoice")
    _put(invoice, "Amount_foreign_currency", f"{declaration.value_amount:.2f}")
    _put(invoice, "Currency_code", declaration.currency)
    for line in declaration.lines.all():
        item = SubElement(root, "Item")
        code = SubElement(SubElement(item, "Tarification"), "HScode")
        _put(code, "Commodity_code", line.hs_code[:8].ljust(8, "0"))
        goods = SubElement(item, "Goods_description")
        _put(goods, "Country_of_origin_code", line.origin)
        _put(goods, "Commercial_Description", _words(line))
        _put(SubElement(item, "Packages"), "Number_of_packages", "1")
        value = SubElement(item, "Valuation_item")
        weight = SubElement(value, "Weight_itm")
        _put(weight, "Gross_weight_itm", _weight(line.gross_weight_kg))
        _put(weight, "Net_weight_itm", _weight(line.net_weight_kg))
        _put(SubElement(value, "Item_Invoice"), "Amount_foreign_currency", f"{line.value_amount:.2f}")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + tostring(root, encoding="utf-8")


def _put(parent: Element, name: str, text: str) -> None:
    SubElement(parent, name).text = text


def _words(line: DeclarationLine) -> str:
    return line.customs_description or line.description


def _weight(kilograms: Decimal | None) -> str:
    return f"{kilograms or Decimal(0):.3f}"


def _money(amount: Decimal, currency: str) -> dict[str, str]:
    return {"amount": f"{amount:.2f}", "currency": currency}


def _tax_id(declaration: Declaration, kind: str) -> str:
    ids = declaration.seller.tax_ids
    return str(ids.get(kind, "")) if isinstance(ids, dict) else ""


def _seller(declaration: Declaration) -> dict[str, str]:
    seller = declaration.seller
    return {
        "name": seller.name,
        "street": seller.street,
        "town": seller.town,
        "postalCode": seller.postal_code,
        "country": seller.country,
        "eori": _tax_id(declaration, "EORI"),
    }


def _buyer(declaration: Declaration) -> dict[str, str]:
    return {
        "name": declaration.buyer_name,
        "town": declaration.to_town,
        "postalCode": declaration.to_postal_code,
        "country": declaration.to_country,
        "taxId": declaration.buyer_tax_id,
    }
