"""Read a bank's day statement (ISO 20022 camt.053); a file with a mistake is refused whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from marketplace.kit.money import CURRENCIES, Money, total
from marketplace.kit.refusal import Refusal


class BadBankFile(Refusal):
    """The file cannot be used."""

    words = _l("The bank file cannot be read: {problem}. Nothing was changed.")
    status = 422


@dataclass(frozen=True, slots=True)
class BankLine:
    """One booked entry; money that left has an amount below zero."""

    reference: str
    end_to_end: str
    money: Money
    booked_on: date


def read(content: bytes) -> list[BankLine]:
    """Return the booked entries of a statement; a mistake is named with the entry that it stands in."""
    try:
        root: Element = fromstring(content)
    except (ParseError, DefusedXmlException) as problem:
        raise BadBankFile(problem=str(problem) or type(problem).__name__) from problem
    if not root.tag.endswith("}Document") or "camt.053" not in root.tag:
        raise BadBankFile(problem=_("it is not a camt.053 statement"))
    lines: list[BankLine] = []
    seen: dict[str, int] = {}
    for number, entry in enumerate((one for one in root.iter() if one.tag.endswith("}Ntry")), start=1):
        reference = _text(entry, "NtryRef")
        try:
            line = _line(entry, seen.get(reference))
        except ValueError as problem:
            where = _("entry %(number)s (%(reference)s)") % {"number": number, "reference": reference or "–"}
            raise BadBankFile(problem=f"{where}: {problem}") from problem
        if reference:
            seen[reference] = number
        if line is not None:
            lines.append(line)
    _balances(root, lines)
    return lines


def _text(entry: Element, name: str) -> str:
    found = next((one for one in entry.iter() if one.tag.endswith(f"}}{name}")), None)
    return (found.text or "").strip() if found is not None else ""


def _child(entry: Element, name: str) -> Element | None:
    return next((one for one in entry if one.tag.endswith(f"}}{name}")), None)


def _line(entry: Element, before: int | None) -> BankLine | None:
    """Read one entry; None where the bank has not booked it. `before` is the entry with the same number."""
    if before is not None:
        raise ValueError(_("stands in the file twice, first as entry %(n)s") % {"n": before})
    state = _child(entry, "Sts")
    if state is not None and (_text(state, "Cd") or (state.text or "").strip()) not in {"BOOK", ""}:
        return None
    money = _money(entry)
    booked = _child(entry, "BookgDt")
    day = _text(booked, "Dt") or _text(booked, "DtTm") if booked is not None else ""
    try:
        booked_on = date.fromisoformat(day[:10])
    except ValueError:
        raise ValueError(_("the day of booking “%(day)s” is no day") % {"day": day}) from None
    return BankLine(_text(entry, "NtryRef"), _text(entry, "EndToEndId"), money, booked_on)


def _money(entry: Element) -> Money:
    amount = _child(entry, "Amt")
    code = amount.get("Ccy", "") if amount is not None else ""
    if amount is None or code not in CURRENCIES:
        raise ValueError(_("the currency “%(code)s” is not known") % {"code": code})
    try:
        value = Decimal((amount.text or "").strip())
    except InvalidOperation:
        raise ValueError(_("the amount “%(text)s” is no number") % {"text": amount.text}) from None
    if not value.is_finite() or value < 0:
        raise ValueError(_("the amount “%(text)s” is not a positive number") % {"text": amount.text})
    side = _child(entry, "CdtDbtInd")
    word = (side.text or "").strip() if side is not None else ""
    if word not in {"CRDT", "DBIT"}:
        raise ValueError(_("it says neither credit nor debit"))
    return Money(value if word == "CRDT" else -value, code)


def _balances(root: Element, lines: list[BankLine]) -> None:
    """Refuse a statement whose opening balance and entries do not make its closing balance."""
    statements = [one for one in root.iter() if one.tag.endswith("}Stmt")]
    if len(statements) != 1:
        return
    found: dict[str, Money] = {}
    for one in statements[0]:
        if one.tag.endswith("}Bal"):
            try:
                found[_text(one, "Cd")] = _money(one)
            except ValueError as problem:
                where = _("balance %(code)s") % {"code": _text(one, "Cd")}
                raise BadBankFile(problem=f"{where}: {problem}") from problem
    opening, closing = found.get("OPBD"), found.get("CLBD")
    if opening is None or closing is None or any(x.money.currency != opening.currency for x in lines):
        return
    whole = opening + total((line.money for line in lines), opening.currency)
    if whole != closing:
        words = _("opening balance and entries make %(whole)s, the closing balance says %(closing)s")
        raise BadBankFile(problem=words % {"whole": whole, "closing": closing})
