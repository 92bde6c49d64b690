"""Corrections of a declaration: checked before they are kept, the seller's words stay beside ours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Final

from django.utils.translation import gettext as _

from customs.models import Declaration, DeclarationLine
from customs.refusals import CorrectionMissing, CorrectionWrong

CORRECTABLE: Final = (
    "hs_code",
    "origin",
    "customs_description",
    "value_amount",
    "net_weight_kg",
    "gross_weight_kg",
)
# Fields of the declaration itself; a correction names them as line 0.
HEAD: Final = ("to_street", "to_town", "to_postal_code", "buyer_tax_id")


def checked(declaration: Declaration, corrections: Sequence[Mapping[str, str]]) -> list[dict[str, str]]:
    """Keep what differs from the declaration; refuse what cannot be true."""
    lines: dict[int, DeclarationLine] = {line.position: line for line in declaration.lines.all()}
    kept: list[dict[str, str]] = []
    for one in corrections:
        position = int(one.get("line", "0") or 0)
        row: Declaration | DeclarationLine | None = lines.get(position) if position else declaration
        if row is None:
            raise CorrectionWrong(line=position, what=_("there is no such line."))
        changed = {"line": str(position)}
        for name in CORRECTABLE if position else HEAD:
            text = str(one.get(name, "")).strip()
            if text and text != str(getattr(row, name) or ""):
                changed[name] = _clean(position, name, text)
        if len(changed) > 1:
            kept.append(changed)
    if not kept:
        raise CorrectionMissing
    return kept


def apply(declaration: Declaration, corrections: Sequence[Mapping[str, str]]) -> list[str]:
    """Write checked corrections into the rows; give the fields of the declaration itself that changed."""
    lines = {line.position: line for line in declaration.lines.select_for_update()}
    head: list[str] = []
    for one in corrections:
        position = int(one["line"])
        for name, after in one.items():
            if name == "line":
                continue
            if not position:
                setattr(declaration, name, after)
                head.append(name)
                continue
            line = lines[position]
            line.declared.setdefault(name, str(getattr(line, name) or ""))
            setattr(line, name, Decimal(after) if name.endswith(("amount", "_kg")) else after)
        if position:
            lines[position].save()
    declaration.value_amount = sum((line.value_amount for line in lines.values()), Decimal(0))
    return head


def _clean(position: int, name: str, text: str) -> str:
    if name == "hs_code":
        digits = "".join(filter(str.isdigit, text))
        if not 6 <= len(digits) <= 10:
            raise CorrectionWrong(line=position, what=_("write a customs code of 6 to 10 digits."))
        return digits
    if name == "origin":
        if len(text) != 2 or not text.isalpha():
            raise CorrectionWrong(line=position, what=_("write the origin as two letters, such as KE."))
        return text.upper()
    if name == "customs_description":
        return text[:400]
    if name in HEAD:
        return text[: {"to_street": 160, "to_town": 80, "to_postal_code": 12, "buyer_tax_id": 40}[name]]
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal(-1)
    if not number.is_finite() or not 0 < number < 10**9:
        raise CorrectionWrong(line=position, what=_("write a number above zero, such as 12.50."))
    return str(number)
