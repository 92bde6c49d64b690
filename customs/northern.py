"""Northern Ireland: goods pay the United Kingdom's duty, or the Union's where that is much dearer.

Windsor Framework: goods "at risk" of moving on pay the Union's duty; they are not at risk while the Union's
duty is no dearer than the United Kingdom's by more than 3% of the customs value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from customs import duty, regimes
from customs.duty import Goods, Rate, Rules
from customs.finding import Found, find
from customs.landed import GoodsLine, LandedCase
from customs.regimes import Regime
from customs.reversal import northern_ireland
from customs.stored import Tariff
from marketplace.kit.places import Place

REGIONS: Final = frozenset({"NI", "NIR", "XI", "GB-NIR", "NORTHERN IRELAND"})
# A duty of the Union's tariff is marked by how its label begins.
UNION: Final = ("EU ", "EU:", "XI ", "XI:")


def is_there(place: Place) -> bool:
    """Whether the goods go to Northern Ireland: by its region or its postal codes, which begin with BT."""
    return place.country == "GB" and (
        place.region.strip().upper() in REGIONS or place.postal_code.strip().upper().startswith("BT")
    )


def of_union(rate: Rate) -> bool:
    """Whether a duty is one of the Union's tariff."""
    return rate.kind in duty.DUTIES and (f"{rate.label} ").upper().startswith(UNION)


def found(tariff: Tariff | None, case: LandedCase, line: GoodsLine, here: Found, regime: Regime) -> Found:
    """The United Kingdom's measures and, beside them, the duties of the Union's tariff."""
    union = regimes.destination("IE")
    if tariff is None or union is None:
        return here
    there = find(tariff, case, line, union, regime)
    duties = tuple(
        replace(rate, label=f"EU: {rate.label}") for rate in there.rates if rate.kind in duty.DUTIES
    )
    doubts = tuple(reason for reason in there.reasons if reason[1] == "duty")
    return Found((*here.rates, *duties), (*here.reasons, *doubts), here.warnings)


def settle(
    goods: list[Goods],
    rules: Rules,
    transport: Decimal,
    currencies: Mapping[str, Decimal],
    warnings: list[str],
) -> list[Goods]:
    """Keep of each line the duties of the tariff that it pays, and say which."""
    carried = duty.shares(goods, transport)
    return [
        _one(line, rules, share, currencies, warnings) for line, share in zip(goods, carried, strict=True)
    ]


def _one(
    line: Goods, rules: Rules, transport: Decimal, currencies: Mapping[str, Decimal], warnings: list[str]
) -> Goods:
    ours = tuple(rate for rate in line.rates if not of_union(rate))
    theirs = tuple(rate for rate in line.rates if rate.kind not in duty.DUTIES or of_union(rate))
    if not any(of_union(rate) for rate in line.rates):
        return replace(line, rates=ours)

    def owed(rates: tuple[Rate, ...]) -> tuple[Decimal, Decimal]:
        only = replace(line, rates=tuple(rate for rate in rates if rate.kind in duty.DUTIES))
        result = duty.calculate([only], rules, freight=transport, per_currency=currencies)
        return sum((row.exact for row in result.taken), Decimal(0)), result.customs_value

    (uk_duty, value), (eu_duty, _same) = owed(ours), owed(theirs)
    if northern_ireland(uk_duty, eu_duty, customs_value=value) == "UK":
        warnings.append(_("Northern Ireland: the duty of the United Kingdom applies, not that of the Union."))
        return replace(line, rates=ours)
    words = _("Northern Ireland: the duty of the Union applies, it is dearer by more than 3% of the value.")
    warnings.append(words)
    return replace(line, rates=theirs)
