"""Explained amounts: the one form in which every calculator returns money and the reason for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from marketplace.kit.money import Money


class Certainty(StrEnum):
    """How far an amount may be promised. The worst certainty of its lines is that of a total."""

    FIXED = "fixed"
    ESTIMATE = "estimate"
    NOT_POSSIBLE = "not_possible"

    @property
    def rank(self) -> int:
        return list(Certainty).index(self)

    @staticmethod
    def worst(*given: Certainty) -> Certainty:
        return max(given, key=lambda c: c.rank, default=Certainty.FIXED)


@dataclass(frozen=True, slots=True)
class RuleRef:
    """Where an amount comes from: a row of ours with its legal reference and source.

    `confidence` is `read` (may carry a promise), `derived` or `known` (estimate only).
    """

    id: str
    legal_ref: str = ""
    source: str = ""
    valid_from: date | None = None
    valid_to: date | None = None
    confidence: str = "read"


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of a price: what it is, what it is taken of, the rate as printed, the rounded amount.

    `kind` is one of goods, freight, insurance, third_country_duty, preference, suspension, quota,
    anti_dumping, countervailing, safeguard, additional, excise, consumption_tax, vat, sales_tax, fee,
    exchange. `line` is the reference of the goods line, or None for the whole consignment.
    `at_most` is the ceiling of an estimate, else equal to `amount`.
    """

    kind: str
    line: str | None
    label: str
    basis: Money | None
    rate: str
    amount: Money
    certainty: Certainty = Certainty.FIXED
    rule: RuleRef | None = None
    at_most: Money | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is refused or only estimated, and what the reader can do about it."""

    code: str
    words: str
    way_out: str = ""
    line: str | None = None
    rule: RuleRef | None = None


@dataclass(frozen=True, slots=True)
class PaperNeeded:
    """A document that the goods need on this lane."""

    code: str
    label: str
    line: str | None
    mandatory: bool
    rule: RuleRef | None = None
    facts: dict[str, str] = field(default_factory=dict)
