"""Tax on our fee, by the seller's country. Plain Python.

A fee between businesses is taxed where the customer is (Directive 2006/112/EC, article 44): at home with our
own rate, elsewhere in the Union by the seller (reverse charge, article 196), outside the Union not by us.
A seller in the Union without a VAT number counts as a private person (Reg. 282/2011, article 18(2)).
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

STANDARD: Final = "S"
REVERSED: Final = "AE"
OUTSIDE: Final = "O"


class NotKnown(ValueError):
    """We cannot say how our fee is taxed; nothing is invoiced."""


@dataclass(frozen=True, slots=True)
class FeeTax:
    """How a fee is taxed: category of UNTDID 5305, rate as a fraction, the reason in words."""

    category: str
    rate: Decimal
    reason: str = ""


def fee_tax(*, home: str, home_rate: str, union: Collection[str], country: str, vat_id: str) -> FeeTax:
    """Say how our fee to a seller is taxed; raise NotKnown where our own country or rate is not set."""
    if not home:
        raise NotKnown("Set OPERATOR with its country: without it we do not know the tax on our fee.")
    if home not in union:
        raise NotKnown("Only an operator in the European Union is worked out; ask a tax adviser for others.")
    if country not in union:
        return FeeTax(OUTSIDE, Decimal(0), "Not subject to VAT: article 44 of Directive 2006/112/EC")
    if country != home and vat_id:
        return FeeTax(REVERSED, Decimal(0), "Reverse charge: article 196 of Directive 2006/112/EC")
    if not home_rate:
        raise NotKnown("Set OPERATOR_VAT_RATE: a fee at home needs its rate.")
    return FeeTax(STANDARD, Decimal(home_rate))
