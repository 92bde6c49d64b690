"""Preferential origin: do goods count as made in their country, and what must the invoice say? Plain Python.

A rule is a choice of ways (any one of them is enough); a way is a set of tests that must all hold. Wholly
obtained goods, a change of heading and a limit on foreign materials are judged from the maker's list of
materials; processing rules (weaving, chemical reactions) are for a person, and are said to be so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Final

from marketplace.kit.money import Money

HUNDRED: Final = Decimal(100)


class Answer(StrEnum):
    """Whether goods originate; `ask` when a person must judge."""

    YES = "originating"
    NO = "not_originating"
    ASK = "cannot_tell"


@dataclass(frozen=True, slots=True)
class Material:
    """A material that the maker bought, with its code, value and whether it originates in the agreement."""

    name: str
    hs_code: str
    value: Decimal
    originating: bool
    country: str = ""


@dataclass(frozen=True, slots=True)
class Made:
    """A product with its ex-works price, its materials and whether it was wholly obtained (grown, caught)."""

    hs_code: str
    ex_works: Decimal
    materials: tuple[Material, ...] = ()
    wholly_obtained: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """One way to meet a rule: tests that must all hold, and the words of the agreement.

    `change` is the number of digits that foreign materials must differ in (2, 4 or 6; 0 asks for none),
    `most_foreign` the share of foreign materials in the ex-works price in percent.
    """

    text: str
    wholly_obtained: bool = False
    change: int = 0
    most_foreign: Decimal | None = None
    person: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """The answer with one reason for each way that was tried."""

    answer: Answer
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Agreement:
    """A trade agreement on a lane; `alone_up_to` is the value any exporter may state origin for.

    `confidence` is that of limit and wording: `known` is general knowledge, to be checked in the agreement
    before a promise rests on it; days in force come from the source.
    """

    code: str
    name: str
    origins: frozenset[str]
    destinations: frozenset[str]
    valid_from: date
    proof: str
    alone_up_to: Money | None
    approved_as: str
    wording: str
    legal_ref: str
    source: str
    proof_days: int = 365
    confidence: str = "known"
    valid_to: date | None = None
    marks: tuple[str, ...] = ()  # words by which the legal reference of a rate names this agreement

    def covers(self, origin: str, destination: str, on: date) -> bool:
        """Whether goods of this origin may claim on this lane and day."""
        dated = self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)
        return dated and origin in self.origins and destination in self.destinations


EU: Final = frozenset(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK".split()  # noqa: SIM905
)
_CLASSIC: Final = (
    "The exporter of the products covered by this document{number} declares that, except where otherwise "
    "clearly indicated, these products are of {origin} preferential origin."
)
_SIX: Final = Money(Decimal(6000), "EUR")
_UK: Final = "UK rules-of-origin schemes file of 21 Aug 2026 (OGL)"
_SHEET: Final = "customs facts sheet of 21 Nov 2026"
_ACFTA: Final = frozenset({"MY", "VN", "SG", "TH", "ID", "PH"})


def _agreement(
    code: str, name: str, origins: str, destinations: frozenset[str], since: date, law: str, source: str,
    proof: str = "origin declaration", alone: Money | None = _SIX, approved: str = "approved exporter",
    wording: str = _CLASSIC, marks: str = "", until: date | None = None,
) -> Agreement:  # fmt: skip
    places = frozenset(origins.split())
    return Agreement(
        code,
        name,
        places,
        destinations,
        since,
        proof,
        alone,
        approved,
        wording,
        law,
        source,
        valid_to=until,
        marks=tuple(marks.split("|")) if marks else (),
    )


GB: Final = frozenset({"GB"})
AGREEMENTS: Final = (
    _agreement("eu-kenya", "EU-Kenya Economic Partnership Agreement", "KE", EU, date(2024, 7, 1),
               "OJ L, 2024/1648", _SHEET, marks="EU-Kenya"),
    _agreement("uk-kenya", "UK-Kenya Economic Partnership Agreement", "KE", GB, date(2021, 1, 1),
               "UK-Kenya EPA, Protocol 1", _UK, marks="UK-Kenya"),
    _agreement("eu-vietnam", "EU-Vietnam Free Trade Agreement", "VN", EU, date(2020, 8, 1),
               "OJ L 186, 12.6.2020, Protocol 1 Art. 15", _SHEET, marks="EVFTA|EU-Viet"),
    _agreement("uk-vietnam", "UK-Vietnam Free Trade Agreement", "VN", GB, date(2021, 1, 1),
               "UK-Vietnam FTA, Protocol 1", _UK, marks="UKVFTA|UK-Viet"),
    _agreement("eu-andean", "EU-Colombia-Peru-Ecuador Trade Agreement", "PE", EU, date(2013, 3, 1),
               "OJ L 354, 21.12.2012, Annex II", _SHEET, proof="invoice declaration",
               marks="EU-Colombia|EU-Andean"),
    _agreement("uk-andean", "UK-Andean Trade Agreement", "PE", GB, date(2021, 1, 1),
               "UK-Andean countries agreement, Annex II", _UK, proof="invoice declaration",
               marks="UK-Andean"),
    _agreement("uk-turkey", "UK-Türkiye Free Trade Agreement", "TR", GB, date(2021, 1, 1),
               "UK-Türkiye FTA, Protocol on origin", _UK, marks="UK-Turkey|UK-Türkiye"),
    _agreement("cptpp", "Comprehensive and Progressive Trans-Pacific Partnership", "MY VN PE SG", GB,
               date(2024, 12, 24), "CPTPP Chapter 3, Annex 3-B", _UK, proof="certification of origin",
               alone=None, approved="", marks="CPTPP",
               wording="I certify that the goods described in this document qualify as originating and the "
               "information contained in this document is true and accurate. Origin: {origin}."),
    _agreement("eu-mercosur", "EU-Mercosur Interim Trade Agreement", "AR BR PY UY", EU, date(2026, 5, 1),
               "EU-Mercosur interim trade agreement", _SHEET, proof="statement on origin",
               marks="EU-Mercosur"),
    _agreement("acfta", "ASEAN-China Free Trade Area", " ".join(sorted(_ACFTA)), frozenset({"CN"}),
               date(2005, 7, 20), "ACFTA Annex 3", _SHEET, proof="certificate Form E",
               alone=None, approved="", wording="", marks="ACFTA"),
    _agreement("acfta-asean", "ASEAN-China Free Trade Area", "CN", _ACFTA, date(2005, 7, 20),
               "ACFTA Annex 3", _SHEET, proof="certificate Form E", alone=None, approved="", wording="",
               marks="ACFTA"),
    # Names, days and papers of these stand beside their rates in the starter tariff.
    _agreement("cn-africa", "China’s zero tariff for African countries", "KE", frozenset({"CN"}),
               date(2026, 5, 1), "China zero-tariff treatment for 20 African countries",
               "chinaafricasps.org/en/xxdt/zcdt/802416354775109.shtml", proof="certificate of origin",
               alone=None, approved="", wording="", marks="China zero-tariff", until=date(2028, 4, 30)),
    _agreement("eu-turkey", "EU-Türkiye customs union (industrial goods)", "TR", EU, date(1996, 1, 1),
               "EC-Turkey Association Council Decision 1/95", "starter tariff, general knowledge",
               proof="A.TR movement certificate", alone=None, approved="", wording="",
               marks="EC-Turkey|Decision 1/95"),
    _agreement("kr-vietnam", "Korea-Viet Nam Free Trade Agreement", "VN", frozenset({"KR"}),
               date(2015, 12, 20), "Korea-Viet Nam FTA, Annex 2-A", "VKFTA Annex 2-A, starter tariff",
               proof="certificate of origin", alone=None, approved="", wording="",
               marks="Korea-Viet Nam|VKFTA"),
)  # fmt: skip


def agreements_for(origin: str, destination: str, on: date) -> tuple[Agreement, ...]:
    """Name the agreements under which goods may claim a preference on a lane and day."""
    return tuple(one for one in AGREEMENTS if one.covers(origin, destination, on))


def judge(made: Made, ways: Sequence[Way]) -> Judged:
    """Try each way of a rule; one that holds is enough, one for a person keeps the answer open."""
    reasons, open_ways = [], False
    for way in ways:
        answer, reason = _try(made, way)
        if answer is Answer.YES:
            return Judged(Answer.YES, (reason,))
        open_ways = open_ways or answer is Answer.ASK
        reasons.append(reason)
    return Judged(Answer.ASK if open_ways or not ways else Answer.NO, tuple(reasons))


def _try(made: Made, way: Way) -> tuple[Answer, str]:
    if made.wholly_obtained:
        return Answer.YES, "The goods are wholly obtained in the country."
    if way.wholly_obtained:
        asked = (Answer.ASK, f"A person must judge: {way.text}")
        return asked if way.person else (Answer.NO, "The goods are not wholly obtained in the country.")
    if not made.materials:
        return Answer.ASK, "List the materials with their codes and values first."
    foreign = [material for material in made.materials if not material.originating]
    failed = _changed(made, foreign, way.change) or _limited(made, foreign, way.most_foreign)
    if failed:
        return failed
    if way.person or not (way.change or way.most_foreign is not None):
        return Answer.ASK, f"A person must judge: {way.text}"
    return Answer.YES, f"The materials meet the rule: {way.text}"


def _changed(made: Made, foreign: Sequence[Material], digits: int) -> tuple[Answer, str] | None:
    """Tell why the change of heading fails; nothing when it holds or is not asked for."""
    short = [m.name for m in foreign if len(m.hs_code) < digits]
    if short:
        return Answer.ASK, f"Give {digits} digits of the code of: {', '.join(short)}."
    same = [m.name for m in foreign if digits and m.hs_code[:digits] == made.hs_code[:digits]]
    if same:
        return Answer.NO, f"Foreign material of the same {digits} digits: {', '.join(same)}."
    return None


def _limited(made: Made, foreign: Sequence[Material], most: Decimal | None) -> tuple[Answer, str] | None:
    """Tell why the limit on foreign materials fails; nothing when it holds or is not asked for."""
    if most is None:
        return None
    if made.ex_works <= 0:
        return Answer.ASK, "Give the ex-works price."
    share = sum((m.value for m in foreign), Decimal(0)) / made.ex_works * HUNDRED
    if share > most:
        return Answer.NO, f"Foreign materials are {share:.2f}% of the price; {most}% is allowed."
    return None


_SHARE: Final = re.compile(r"\*{0,2}(\d{1,3}(?:\.\d+)?)\s?%")


def way_of(text: str, classes: Sequence[str]) -> Way:
    """Read one published rule with its classes (WO, CC, CTH, CTSH, MAXNOM); others are for a person."""
    known = {"WO", "CC", "CTH", "CTSH", "MAXNOM"}
    shares = _SHARE.findall(text)
    limit = Decimal(shares[0]) if "MAXNOM" in classes and len(shares) == 1 else None
    hard = bool(set(classes) - known) or not classes or ("MAXNOM" in classes and limit is None)
    limited = re.search(r"materials of (?:\[?(?:heading|chapter))", text.replace("&nbsp;", " "))
    change = {"CC": 2, "CTH": 4, "CTSH": 6}
    return Way(
        " ".join(text.split())[:400],
        "WO" in classes,
        max((change.get(one, 0) for one in classes), default=0),
        limit,
        hard or bool(limited) or ("WO" in classes and "Manufacture" in text),
    )


class StatementRefused(ValueError):
    """This exporter may not state origin alone; the words say what is needed instead."""


def statement(agreement: Agreement, *, origin: str, value: Money, approved_number: str = "") -> str:
    """Write the statement for the invoice; above the agreement's limit only an approved exporter may.

    `value` must be in the currency of the limit; another currency is refused rather than guessed.
    """
    if not agreement.wording:
        raise StatementRefused(f"{agreement.name} needs a {agreement.proof} from the authority.")
    limit = agreement.alone_up_to
    if limit is not None and not approved_number:
        if value.currency != limit.currency:
            raise StatementRefused(f"Give the value in {limit.currency}.")
        if value.amount > limit.amount:
            raise StatementRefused(
                f"Above {limit.amount} {limit.currency} only an {agreement.approved_as} may state origin."
            )
    number = f" (customs authorization No {approved_number})" if approved_number else ""
    return agreement.wording.format(number=number, origin=origin)


def saving(standard: Money, preferred: Money) -> Money:
    """What a proof of origin saves; never less than nothing. Both amounts are in one currency."""
    difference = standard - preferred
    return difference if difference.amount > 0 else Money(Decimal(0), standard.currency)
