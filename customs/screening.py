"""Is this name near a listed one? Candidates by sorted words, then a score that explains itself."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Final, Protocol

from anyascii import anyascii
from rapidfuzz import fuzz, process

CANDIDATE_FROM: Final = 90
HOLD_FROM: Final = Decimal("0.85")
PAIR_FROM: Final = Decimal("0.855")
PROBABLE_FROM: Final = Decimal("0.95")
SHORTEST_NUMBER: Final = 6
_FORM_WORDS = """
ab ag aps as asa bhd bv bvba co company corp corporation cv dd doo eeig eurl ev gie gmbh group
holding holdings inc incorporated international jsc kft kg kk lda limited limitada llc llp ltd
ltda mbh nv oao ooo oy oyj pao pjsc plc pte pty pvt sa sac saic sarl sas sdn sl snc spa spol
spolka srl sro tov ub zao zrt
"""
_LEGAL_FORMS: Final = frozenset(_FORM_WORDS.split())
_TITLE_WORDS = """
mr mrs ms miss dr prof sir sheikh shaykh haji hajji mullah maulavi mawlawi qari
"""
_TITLES: Final = frozenset(_TITLE_WORDS.split())


def normalise(name: str, *, firm: bool = False) -> str:
    """Latin letters, lower case, no titles or legal forms, words in order of the alphabet."""
    text = anyascii(unicodedata.normalize("NFKD", name)).lower()
    text = re.sub(r"(?<=\b[a-z])\.(?=[a-z]\b)", "", text)
    words = re.sub(r"[^a-z0-9]+", " ", text.replace("'", "")).split()
    dropped = _LEGAL_FORMS if firm else _TITLES
    kept = [word for word in words if word not in dropped]
    return " ".join(sorted(kept or words))


@dataclass(frozen=True, slots=True)
class Party:
    """One side of a comparison."""

    name: str
    country: str = ""
    born: str = ""
    identifiers: tuple[str, ...] = ()
    firm: bool = False

    def fingerprint(self) -> str:
        """Change when anything that is compared changes."""
        numbers = ",".join(sorted(_number(one) for one in self.identifiers))
        text = "|".join([normalise(self.name), self.country.upper(), self.born, numbers])
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Listed:
    """A listed party as the index keeps it."""

    key: int
    name: str
    names: tuple[str, ...]
    kind: str = "person"
    countries: tuple[str, ...] = ()
    born: str = ""
    identifiers: tuple[str, ...] = ()


class ListedRow(Protocol):
    """What the index needs of a stored entry."""

    pk: int
    name: str
    aliases: list[str]
    kind: str
    countries: list[str]
    born: str
    identifiers: list[str]


@dataclass(frozen=True, slots=True)
class Part:
    """One reason of a score: the field, both sides, what it adds."""

    field: str
    ours: str
    theirs: str
    verdict: str
    adds: Decimal


@dataclass(frozen=True, slots=True)
class Score:
    """How near two parties are, and why."""

    total: Decimal
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """A listed party near ours, with the name that was nearest."""

    listed: Listed
    alias: str
    score: Score


def listed_from(row: ListedRow) -> Listed:
    """Read a stored entry as the index keeps it."""
    return Listed(
        row.pk,
        row.name,
        (row.name, *row.aliases),
        row.kind,
        tuple(row.countries),
        row.born,
        tuple(row.identifiers),
    )


class Index:
    """All names of the active lists, ready to be searched."""

    def __init__(self, parties: Iterable[Listed]) -> None:
        self.parties: list[Listed] = []
        self.names: list[str] = []
        self.owners: list[tuple[int, str]] = []
        self.numbers: dict[str, list[int]] = {}
        for party in parties:
            for identifier in party.identifiers:
                if len(number := _number(identifier)) >= SHORTEST_NUMBER:
                    self.numbers.setdefault(number, []).append(len(self.parties))
            for name in dict.fromkeys(party.names or (party.name,)):
                sorted_name = normalise(name, firm=party.kind == "firm")
                if len(sorted_name) < 4:
                    continue
                self.names.append(sorted_name)
                self.owners.append((len(self.parties), name))
            self.parties.append(party)

    def near(self, party: Party, *, limit: int = 20) -> list[Match]:
        """Find listed parties with the same number or a near name, best first; each listed party once."""
        best: dict[int, Match] = {}
        for identifier in party.identifiers:
            for number in self.numbers.get(_number(identifier), ()):
                best[number] = Match(
                    self.parties[number], self.parties[number].name, _same_number(identifier)
                )
        asked = (
            {normalise(party.name, firm=True), normalise(party.name)}
            if party.firm
            else {normalise(party.name)}
        )
        for name in asked:
            found = process.extract(
                name, self.names, scorer=fuzz.ratio, processor=None, score_cutoff=CANDIDATE_FROM, limit=limit
            )
            for _name, similarity, position in found:
                if similarity < 100 and " " not in self.names[position]:
                    continue  # one word alone is near too many others
                number, alias = self.owners[position]
                listed = self.parties[number]
                score = explain(party, listed, alias, Decimal(str(round(similarity / 100, 3))))
                if number not in best or score.total > best[number].score.total:
                    best[number] = Match(listed, alias, score)
        return sorted(best.values(), key=lambda match: -match.score.total)


def explain(party: Party, listed: Listed, alias: str, name_score: Decimal) -> Score:
    """Name first; country, birth year and numbers then raise or lower the score, each with its reason."""
    parts = [Part("name", party.name, alias, "same" if name_score == 1 else "close", name_score)]
    total = name_score
    if party.country and listed.countries:
        same = party.country.upper() in listed.countries
        adds = Decimal("0.02") if same else Decimal("-0.04")
        parts.append(
            Part("country", party.country, ", ".join(listed.countries), "same" if same else "different", adds)
        )
        total += adds
    ours, theirs = party.born[:4], set(re.findall(r"(?:19|20)\d\d", listed.born))
    if ours and theirs:
        near = any(abs(int(ours) - int(year)) <= 1 for year in theirs)
        adds = Decimal("0.05") if near else Decimal("-0.15")
        parts.append(Part("born", party.born, listed.born, "same" if near else "different", adds))
        total += adds
    if party.identifiers and listed.identifiers:
        shared = {_number(one) for one in party.identifiers} & {_number(one) for one in listed.identifiers}
        verdict = "same" if shared else "different"
        adds = Decimal(1) - total if shared else Decimal("-0.03")
        parts.append(
            Part("number", ", ".join(party.identifiers), ", ".join(listed.identifiers[:3]), verdict, adds)
        )
        total += adds
    return Score(min(max(total, Decimal(0)), Decimal(1)).quantize(Decimal("0.001")), tuple(parts))


def _same_number(identifier: str) -> Score:
    """Score the same passport, tax or register number: the same party, whatever the name says."""
    return Score(Decimal(1), (Part("number", identifier, identifier, "same", Decimal(1)),))


def pair_score(one: str, other: str, *, firm: bool = False) -> Decimal:
    """How alike two names are when each stands alone, 0 to 1."""
    return Decimal(str(round(fuzz.WRatio(_spoken(one, firm=firm), _spoken(other, firm=firm)) / 100, 4)))


@lru_cache(maxsize=20_000)
def _spoken(name: str, *, firm: bool) -> str:
    text = anyascii(unicodedata.normalize("NFKD", name)).lower()
    words = re.sub(r"[^a-z0-9]+", " ", text).split()
    kept = [word for word in words if not firm or word not in _LEGAL_FORMS]
    return " ".join(kept or words)


def _number(text: str) -> str:
    return re.sub(r"[^A-Z0-9]", "", text.upper())


def fingerprint_of(values: Sequence[object]) -> str:
    """One hash over the fields of a listed entry."""
    return hashlib.sha256("|".join(str(value) for value in values).encode()).hexdigest()
