"""The sellers' year as tax offices read it: the DPI message of the OECD, as the Union uses it for DAC7.

Elements, their order and their limits are those of the OECD's "Model Rules for Reporting by Digital Platform
Operators: XML Schema" (v1.0, with its marks for Directive (EU) 2021/514). France has a dialect of its own,
published with its schema by the DGFiP; our tests run that schema over the French form. For other countries
`check` holds the message to the field rules below, which is less than a schema: the tax office's own check
comes first. Only first messages of a year are written (DPI401, or DPI403 for nothing), no corrections.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from django.utils.translation import gettext_lazy as _

from marketplace.kit.refusal import Refusal
from orders.payments.seller_report import SellerYear


class NotWhole(Refusal):
    """A field of the message breaks a rule."""

    words = _("The file for the tax office was not written: {problem}.")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a country writes the same message."""

    dpi: str
    stf: str
    tax_quarter: str
    sender: bool
    reference: str


OECD: Final = Dialect(
    "urn:oecd:ties:dpi:v1",
    "urn:oecd:ties:dpistf:v1",
    "TaxQ",
    sender=True,
    reference="{country}{year}{country}{tin}",
)
FRANCE: Final = Dialect(
    "urn:oecd:ties:dpi", "urn:oecd:ties:dpistf", "TaxesQ", sender=False, reference="OP_{year}_{tin}_1"
)
AMOUNTS: Final = {"Consideration": "ConsQ", "NumberOfActivities": "NumbQ", "Fees": "FeesQ"}


@dataclass(frozen=True, slots=True)
class Platform:
    """Who reports: the operator, resident for tax in one country of the Union (RPONEX1)."""

    name: str
    country: str
    tin: str
    street: str = ""
    town: str = ""
    postal_code: str = ""
    vat: str = ""
    business_name: str = "Sampan"
    missing: tuple[str, ...] = field(default=())


def platform(us: dict[str, str]) -> Platform:
    """Read ourselves from the settings, with what is missing there."""
    names = {"name": "name", "country": "country", "TIN": "TIN", "town": "town"}
    missing = tuple(f"OPERATOR: {word}" for key, word in names.items() if not us.get(key))
    return Platform(
        us.get("name", ""), us.get("country", ""), us.get("TIN", ""), us.get("street", ""),
        us.get("town", ""), us.get("postal_code", ""), us.get("VAT", ""), missing=missing,
    )  # fmt: skip


def dialect_of(country: str) -> Dialect:
    return FRANCE if country == "FR" else OECD


def message(us: Platform, years: Sequence[SellerYear], year: int, at: datetime) -> bytes:
    """Write the sellers to report whose data is whole; without any, say that there is nothing (DPI403)."""
    how = dialect_of(us.country)
    for prefix, space in (("dpi", how.dpi), ("stf", how.stf)):
        register_namespace(prefix, space)
    sellers = [one for one in years if one.reported and not one.blocked]
    root = Element(f"{{{how.dpi}}}DPI_OECD", version="1.0")
    _head(root, how, us, year, at, "DPI401" if sellers else "DPI403")
    body = _node(root, how, "DPIBody")
    _platform(_node(body, how, "PlatformOperator"), how, us, year)
    for one in sellers:
        _seller(_node(body, how, "ReportableSeller"), how, us, one, year)
    if wrong := check(root):
        raise NotWhole(problem=wrong[0])
    indent(root)
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _node(parent: Element, how: Dialect, name: str, text: str = "", **attributes: str) -> Element:
    made = SubElement(parent, f"{{{how.dpi}}}{name}", attributes)
    if text:
        made.text = text
    return made


def _head(root: Element, how: Dialect, us: Platform, year: int, at: datetime, kind: str) -> None:
    head = _node(root, how, "MessageSpec")
    if how.sender:
        _node(head, how, "SendingEntityIN", us.tin)
    reference = how.reference.format(country=us.country, year=year, tin=us.tin)
    for name, text in (
        ("TransmittingCountry", us.country), ("ReceivingCountry", us.country), ("MessageType", "DPI"),
        ("MessageRefId", reference), ("MessageTypeIndic", kind), ("ReportingPeriod", f"{year}-12-31"),
        ("Timestamp", f"{at:%Y-%m-%dT%H:%M:%S}"),
    ):  # fmt: skip
        _node(head, how, name, text)


def _platform(parent: Element, how: Dialect, us: Platform, year: int) -> None:
    _node(parent, how, "ResCountryCode", us.country)
    _node(parent, how, "TIN", us.tin, issuedBy=us.country)
    if us.vat:
        _node(parent, how, "VAT", us.vat)
    _node(parent, how, "Name", us.name)
    _node(parent, how, "PlatformBusinessName", us.business_name)
    _address(parent, how, us, "OECD304")
    _node(parent, how, "Nexus", "RPONEX1")
    _node(parent, how, "AssumedReporting", "false")
    _doc(parent, how, f"{us.country}{year}-{us.tin}")


def _address(parent: Element, how: Dialect, of: Platform | SellerYear, kind: str) -> None:
    made = _node(parent, how, "Address", legalAddressType=kind)
    _node(made, how, "CountryCode", of.country)
    fixed = _node(made, how, "AddressFix")
    for name, text in (("Street", of.street), ("PostCode", of.postal_code), ("City", of.town)):
        if text:
            _node(fixed, how, name, text)


def _doc(parent: Element, how: Dialect, reference: str) -> None:
    made = _node(parent, how, "DocSpec")
    for name, text in (("DocTypeIndic", "OECD1"), ("DocRefId", re.sub(r"[^\dA-Za-z.:=_+-]", "-", reference))):
        SubElement(made, f"{{{how.stf}}}{name}").text = text


def _seller(parent: Element, how: Dialect, us: Platform, one: SellerYear, year: int) -> None:
    """Write a firm; private persons are never whole, because we do not know their day of birth."""
    known = _node(_node(_node(parent, how, "Identity"), how, "EntitySeller"), how, "Standard")
    firm = _node(known, how, "EntSellerID")
    _node(firm, how, "ResCountryCode", one.country)
    _node(firm, how, "TIN", one.tax_number, issuedBy=one.country)
    if one.registration:
        _node(firm, how, "IN", one.registration, issuedBy=one.country, INType="BRN")
    if one.vat:
        _node(firm, how, "VAT", one.vat)
    _node(firm, how, "Name", one.name)
    _address(firm, how, one, "OECD303")
    if one.account:
        account = _node(known, how, "FinancialIdentifier")
        iban = re.fullmatch(r"[A-Z]{2}\d{2}[A-Z\d]{10,30}", one.account)
        _node(account, how, "Identifier", one.account, AccountNumberType="IBAN" if iban else "OBAN")
    goods = _node(_node(parent, how, "RelevantActivities"), how, "SaleOfGoods")
    for group, prefix in {**AMOUNTS, "Taxes": how.tax_quarter}.items():
        made = _node(goods, how, group)
        for quarter in one.quarters:
            name = f"{prefix}{quarter.number}"
            if group == "NumberOfActivities":
                _node(made, how, name, str(quarter.sales))
            else:
                found = {"Consideration": quarter.paid, "Fees": quarter.fees, "Taxes": quarter.taxes}[group]
                _node(made, how, name, _whole(found.amount), currCode=one.currency)
    _doc(parent, how, f"{us.country}{year}-{us.tin}-{one.seller}-{one.currency}")


def _whole(amount: Decimal) -> str:
    """Give full units, without decimals, as the guide asks."""
    return str(int(amount.quantize(Decimal(1), ROUND_HALF_UP)))


# --- field rules: element → children in their order; "?" may be missing, "+" may repeat

_ORGANISATION: Final = (
    "ResCountryCode TIN+ IN?+ VAT? Name+ PlatformBusinessName?+ Address+ Nexus? AssumedReporting?"
)
CHILDREN: Final = {
    "DPI_OECD": "MessageSpec DPIBody",
    "MessageSpec": "SendingEntityIN? TransmittingCountry ReceivingCountry MessageType MessageRefId"
    " MessageTypeIndic ReportingPeriod Timestamp",
    "DPIBody": "PlatformOperator ReportableSeller?+",
    "PlatformOperator": f"{_ORGANISATION} DocSpec",
    "ReportableSeller": "Identity RelevantActivities DocSpec",
    "Identity": "EntitySeller",
    "EntitySeller": "Standard",
    "Standard": "EntSellerID FinancialIdentifier?+",
    "EntSellerID": _ORGANISATION,
    "FinancialIdentifier": "Identifier AccountHolderName?",
    "Address": "CountryCode AddressFix",
    "AddressFix": "Street? PostCode? City",
    "RelevantActivities": "SaleOfGoods",
    "SaleOfGoods": "Consideration NumberOfActivities Fees Taxes",
    "Consideration": "ConsQ1 ConsQ2 ConsQ3 ConsQ4",
    "NumberOfActivities": "NumbQ1 NumbQ2 NumbQ3 NumbQ4",
    "Fees": "FeesQ1 FeesQ2 FeesQ3 FeesQ4",
    "Taxes": "Tax(es)?Q1 Tax(es)?Q2 Tax(es)?Q3 Tax(es)?Q4",
    "DocSpec": "DocTypeIndic DocRefId",
}
TEXTS: Final = {
    "CountryCode|ResCountryCode|TransmittingCountry|ReceivingCountry": r"[A-Z]{2}",
    "MessageType": "DPI",
    "MessageTypeIndic": "DPI40[123]",
    "ReportingPeriod": r"\d{4}-12-31",
    "Timestamp": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d",
    "Nexus": "RPONEX[1-5]",
    "AssumedReporting": "true|false",
    "DocTypeIndic": "OECD[0123]",
    "DocRefId": r"[\da-zA-Z+.:=_-]{1,200}",
    "MessageRefId": r"\S{1,170}",
    r"(Cons|Fees|Tax|Taxes|Numb)Q\d": r"\d+",
}


def check(root: Element) -> list[str]:
    """Hold a message to the field rules; each broken rule with the place where it is broken."""
    return list(_broken(root, ""))


def _broken(node: Element, above: str) -> Iterator[str]:
    name = node.tag.rsplit("}", 1)[-1]
    place = f"{above}/{name}"
    if wanted := CHILDREN.get(name):
        given = " ".join(child.tag.rsplit("}", 1)[-1] for child in node)
        if not re.fullmatch(_pattern(wanted), f"{given} " if given else ""):
            yield f"{place}: has “{given}”, wants “{wanted}”"
    else:
        text = node.text or ""
        if not text.strip() or len(text) > 200:
            yield f"{place}: is empty or longer than 200 characters"
        for pattern, allowed in TEXTS.items():
            if re.fullmatch(pattern, name) and not re.fullmatch(allowed, text):
                yield f"{place}: “{text[:40]}” is not allowed"
    if re.fullmatch(r"(Cons|Fees|Tax|Taxes)Q\d", name) and not re.fullmatch(
        "[A-Z]{3}", node.get("currCode", "")
    ):
        yield f"{place}: has no currency"
    if name == "TIN" and not re.fullmatch("[A-Z]{2}", node.get("issuedBy", "")):
        yield f"{place}: does not say which country gave the number"
    for child in node:
        yield from _broken(child, place)


def _pattern(wanted: str) -> str:
    parts = []
    for word in wanted.split():
        many = {"?+": "*", "+": "+", "?": "?"}
        ending = next((end for end in many if word.endswith(end)), "")
        parts.append(f"(?:{word.removesuffix(ending)} ){many.get(ending, '')}")
    return "".join(parts)
