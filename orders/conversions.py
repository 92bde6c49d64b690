"""In which currency a return is made out, and at whose rate of which day, scheme by scheme.

We hold the reference rates of the European Central Bank. Where a scheme wants the rates of somebody else, or
its rule was not read at the source, nothing is converted: the amount stays, and the row says whose rate it
needs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Final

from customs import regimes
from marketplace.currency import rates
from marketplace.currency.table import RateTable
from marketplace.kit.money import Money


@dataclass(frozen=True, slots=True)
class Declared:
    """An amount as it is declared; None where the rate that the rule wants is not known to us."""

    amount: Money | None
    rates_of: date | None
    rule: str


@dataclass(frozen=True, slots=True)
class Rule:
    """Where the rates of the last day come from (None: not from us), and the words with the source."""

    table: Callable[[date], RateTable | None] | None
    words: str


UNREAD: Final = Rule(None, "The rule of this scheme for other currencies was not read; ask its tax office.")
RULES: Final = {
    "IOSS": Rule(
        rates.published,
        "ECB rates of the month's last day, or of the next with rates (Directive 2006/112/EC, article 369u)",
    ),
    "NZ-GST": Rule(
        rates.on_day,
        "A central bank's reference rates of the last day of the period (GST Act 1985, section 77(3)(a))",
    ),
    "GB-VAT": Rule(
        None, "HMRC's period rate, or the UK market's at the sale (VATA 1994, schedule 6, paragraph 11)"
    ),
    "AU-GST": Rule(None, "The Reserve Bank of Australia's rate, or that of a dealer (GSTR 2001/2)"),
    "VOEC": Rule(None, "The weekly rates of Norwegian Customs (Skatteetaten, VOEC, payment)"),
}


def currency_of(scheme: str, country: str) -> str:
    """Give the currency of a return: euro for IOSS, else the country's own."""
    place = regimes.destination(country)
    return "EUR" if scheme == "IOSS" or place is None else place.rules.currency


def declare(amount: Money, *, scheme: str, country: str, last_day: date) -> Declared:
    """Convert an amount as the scheme's rule says, rounded once."""
    wanted = currency_of(scheme, country)
    if amount.currency == wanted:
        return Declared(amount.rounded(), None, "")
    rule = RULES.get(scheme, UNREAD)
    table = rule.table(last_day) if rule.table else None
    if table is None or not all(_quoted(table, code) for code in (amount.currency, wanted)):
        return Declared(None, None, rule.words)
    return Declared(table.convert(amount, wanted).rounded(), table.as_of, rule.words)


def _quoted(table: RateTable, currency: str) -> bool:
    return currency == "EUR" or (table.has(currency) and currency not in table.illustrative)
