"""What to do with goods a buyer does not keep: four ways, each with its sum for the seller. Plain Python."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from marketplace.kit.money import Money

# Shares of the goods' value that a way brings or costs; the house's own figures, to be set by experience.
RESALE_SHARE: Final = {"mind": Decimal("0.70"), "late": Decimal("0.70"), "wrong": Decimal("0.70")}
RESALE_HARMED: Final = Decimal("0.25")
HANDLING_SHARE: Final = Decimal("0.08")
DESTRUCTION_SHARE: Final = Decimal("0.05")
HARMED: Final = frozenset({"damaged", "faulty"})


@dataclass(frozen=True, slots=True)
class ReturnCase:
    """What is known when a return is decided; all money in one currency."""

    goods: Money
    freight_back: Money | None
    home_duty: Money | None
    duty_paid: Money
    reason: str
    food: bool
    home_free: bool
    home_source: str
    duty_comes_back: bool
    back_source: str
    freight_estimated: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """One way with what it brings and costs; `net` is the seller's sum, `sure` is False for estimates."""

    code: str
    net: Money
    brings: Money
    costs: Money
    possible: bool
    sure: bool
    words: tuple[str, ...]


def compare(case: ReturnCase) -> tuple[Way, ...]:
    """Work out local resale, donation, destruction and re-import; the best possible way comes first."""
    zero = Money.zero(case.goods.currency)
    harmed = case.reason in HARMED
    back = case.duty_paid if case.duty_comes_back else zero
    handling = (case.goods * HANDLING_SHARE).rounded()
    share = RESALE_SHARE.get(case.reason, RESALE_HARMED)
    no_resale = ("Opened food is not sold again.",) if case.food else ()
    resale = _way(
        "resale", (case.goods * share).rounded(), handling, possible=not case.food, sure=False,
        words=(f"Sold again near the buyer for about {share:.0%} of its price (estimate).", *no_resale),
    )  # fmt: skip
    donation = _way(
        "donation", zero, handling, possible=not (case.food and harmed), sure=False,
        words=("Given away near the buyer; nothing comes back.",),
    )  # fmt: skip
    source = f"Duty paid comes back. {case.back_source}" if back else "Duty paid does not come back."
    destruction = _way(
        "destruction", back, (case.goods * DESTRUCTION_SHARE).rounded(), possible=True, sure=False,
        words=("Destroyed under supervision near the buyer.", source),
    )  # fmt: skip
    return tuple(sorted((resale, donation, destruction, _home(case, back)), key=_rank))


def _home(case: ReturnCase, back: Money) -> Way:
    """Bring the goods home: freight, and duty there unless a relief is known to fit."""
    zero = Money.zero(case.goods.currency)
    worth = zero if case.food or case.reason in HARMED else case.goods
    words = ["Sent back to the maker."]
    duty = zero
    if case.home_free:
        words.append(f"No duty at home: {case.home_source}")
    else:
        duty = case.home_duty or zero
        words.append(
            f"Full duty at home is counted: {case.home_source}"
            if case.home_source
            else "We know no relief at home, so full duty is counted. Ask a customs broker."
        )
        if case.home_duty is None:
            words.append("The duty at home is not known.")
    if case.freight_back is None:
        words.append("There is no price for the way back.")
        return _way("re-import", worth, duty, possible=False, sure=False, words=tuple(words))
    if case.freight_estimated:
        words.append("No carrier sells this way back yet: the price of the way out is counted.")
    return _way(
        "re-import",
        worth + back,
        case.freight_back + duty,
        possible=True,
        sure=case.home_free and not case.freight_estimated,
        words=tuple(words),
    )


def _way(
    code: str, brings: Money, costs: Money, *, possible: bool, sure: bool, words: tuple[str, ...]
) -> Way:
    return Way(code, brings - costs, brings, costs, possible, sure, words)


def _rank(way: Way) -> tuple[bool, Decimal, str]:
    return not way.possible, -way.net.amount, way.code
