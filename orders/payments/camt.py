"""Read a bank's day statement (ISO 20022 camt.053); a file with a mistake is refused whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django.utils.translation import gettext_lazy as _

from marketplace.kit.money import CURRENCIES, Money
from marketplace.kit.refusal import Refusal


class BadBankFile(Refusal):
    """The file cannot be used."""

    words = _("The bank file cannot be read: {problem}. Nothing was changed.")
    status = 422


@dataclass(frozen=True, slots=True)
class BankLine:
    """One booked entry; money that left has an amount below zero."""

    reference: str
    end_to_end: str
    money: Money
    booked_on: date


def read(content: bytes) -> list[BankLine]:
    """Return the booked entries of a statement."""
    try:
        root: Element = fromstring(content)
        if not root.tag.endswith("}Document") or "camt.053" not in root.tag:
            raise BadBankFile(problem="it is not a camt.053 statement")
        lines = [_line(entry) for entry in root.iter() if entry.tag.endswith("}Ntry")]
    except (ParseError, DefusedXmlException, ValueError, InvalidOperation) as problem:
        raise BadBankFile(problem=str(problem) or type(problem).__name__) from problem
    numbers = [line.reference for line in lines]
    if len(set(numbers)) != len(numbers):
        raise BadBankFile(problem="an entry stands in it twice")
    return lines


def _text(entry: Element, *path: str) -> str:
    found = [one for one in entry.iter() if one.tag.endswith(f"}}{path[-1]}")]
    return (found[0].text or "").strip() if found else ""


def _line(entry: Element) -> BankLine:
    amount = next((one for one in entry if one.tag.endswith("}Amt")), None)
    if amount is None or amount.get("Ccy") not in CURRENCIES:
        raise ValueError("an entry has no amount in a known currency")
    value = Decimal(amount.text or "")
    if not value.is_finite() or value < 0:
        raise ValueError("an amount is not a positive number")
    side = _text(entry, "CdtDbtInd")
    if side not in {"CRDT", "DBIT"}:
        raise ValueError("an entry is neither credit nor debit")
    money = Money(value if side == "CRDT" else -value, amount.get("Ccy", ""))
    booked = next((one for one in entry if one.tag.endswith("}BookgDt")), None)
    day = _text(booked, "Dt") if booked is not None else ""
    return BankLine(_text(entry, "NtryRef"), _text(entry, "EndToEndId"), money, date.fromisoformat(day[:10]))
