"""Search customs codes: a few with reasons, a question where the words are vague, never a choice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customs.codes import asking, editions, tree
from customs.codes.text import LONGEST, trigrams, words
from customs.models import GoodsPhrase, InterceptMessage

if TYPE_CHECKING:
    from customs.codes.index import Hits, Index

SHOWN: Final = 5
LEARNED_WEIGHT: Final = 1.25  # a confirmed pair with the very same words beats the best text
LEARNED_FROM: Final = 0.35
# Fitted on the marketplace development set: of the codes given 9%, 19%, 32% and 57%, there 8%, 13%, 41%
# and 52% were right.
SPREAD: Final = 5.5
SHARE: Final = 0.75
LIKELY, POSSIBLE = 0.45, 0.18
SOURCES: Final = {
    tree.SYSTEM: gettext_lazy("HS 2022"),
    "sampan": gettext_lazy("Sampan’s words for goods"),
    "cn8-texts": gettext_lazy("text of the EU and UK tariff"),
    "hts10-texts": gettext_lazy("text of the US tariff"),
    "search-references": gettext_lazy("UK search references"),
    "extra-references": gettext_lazy("UK traders’ words"),
    "intercept-messages": gettext_lazy("UK answers to search terms"),
    "phrases": gettext_lazy("our operators’ words"),
}


class Sureness(StrEnum):
    """How sure the search is of a code; never sure enough to choose it."""

    LIKELY = "likely"
    POSSIBLE = "possible"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Candidate:
    """One six-digit code with the reason why it is shown; the share is a measured chance, 0 to 1."""

    code: str
    text: str
    path: tuple[tuple[str, str], ...]
    share: float
    sureness: Sureness
    matched: tuple[str, ...]
    reason: str
    source: str

    @property
    def heading(self) -> str:
        """The first four digits."""
        return self.code[:4]


@dataclass(frozen=True, slots=True)
class Suggestion:
    """What the search answers: at most five codes and five headings, and a question where one helps."""

    query: str
    codes: tuple[Candidate, ...]
    headings: tuple[tuple[str, str], ...]
    question: asking.Question | None
    edition: str = ""


def suggest(text: str, *, category: str = "", material: str = "", use: str = "") -> Suggestion:
    """Find codes for goods in words; four short statements, no row is written."""
    query = " ".join(" ".join((text, category, material, use)).replace("\x00", " ").split())[:LONGEST]
    opened = editions.current()
    if opened is None or not words(query):
        return Suggestion(query, (), (), asking.too_little(query) if opened else asking.not_loaded())
    index, synonyms = opened
    hits = ask(index, synonyms, query)
    scores = hits.codes
    pairs = dict(editions.learned(query))
    most = float(scores.max())
    for code, likeness in pairs.items():
        if code in index.place and likeness >= LEARNED_FROM:
            scores[index.place[code]] += LEARNED_WEIGHT * most * likeness**2
    order = [int(n) for n in (-scores).argsort()[:60]]
    known = tree.texts()
    shares = _shares([float(scores[n]) for n in order])
    best = [index.codes[n] for n in order[:SHOWN]]
    near = index.phrases_for(hits, best)
    phrases = {p.pk: p for p in GoodsPhrase.objects.filter(pk__in=[row for row in near.values() if row])}
    asked = set(words(query))
    codes = tuple(
        _candidate(code, shares[n], known, phrases.get(near.get(code, 0)), asked, confirmed=code in pairs)
        for n, code in enumerate(best)
    )
    headings = tuple(dict.fromkeys(index.codes[n][:4] for n in order))[:SHOWN]
    vague = (
        InterceptMessage.objects.filter(term=" ".join(text.lower().split())[:200])
        .order_by("-message")
        .first()
    )
    question = asking.question(query, best, known, vague)
    return Suggestion(query, codes, tuple((h, known[h][0]) for h in headings), question, editions.digest())


def ask(index: Index, synonyms: Mapping[str, str], query: str) -> Hits:
    """Weigh all codes for a query with its synonyms."""
    lowered = f" {query.lower()} "
    more = [adds for term, adds in synonyms.items() if f" {term} " in lowered]
    return index.ask(" ".join([query, *more]))


def _shares(scores: Sequence[float]) -> list[float]:
    """Turn scores into chances that the code is right; they sum to the share that is found at all."""
    powers = [math.exp((score - scores[0]) / SPREAD) for score in scores]
    return [SHARE * power / sum(powers) for power in powers]


def _candidate(
    code: str, share: float, known: Mapping[str, tuple[str, str]], phrase: GoodsPhrase | None,
    asked: set[str], *, confirmed: bool,
) -> Candidate:  # fmt: skip
    text = phrase.text if phrase else known[code][0]
    source = phrase.source if phrase else tree.SYSTEM
    matched = tuple(dict.fromkeys(word for word in words(text) if word in asked))[:5]
    if not matched:
        groups = {group for word in asked for group in trigrams(word)}
        near = [w for w in words(text) if len(groups & set(trigrams(w))) * 2 > len(w) + 1]
        matched = tuple(dict.fromkeys(near))[:3]
    facts = {"words": ", ".join(matched), "text": text[:120], "source": SOURCES.get(source, source)}
    if confirmed:
        reason = _("A maker confirmed this code for goods described like yours.")
    elif matched:
        reason = _("“%(words)s” stands in “%(text)s” (%(source)s).") % facts
    else:
        reason = _("Close in wording to “%(text)s” (%(source)s).") % facts
    sureness = (
        Sureness.LIKELY if share >= LIKELY else Sureness.POSSIBLE if share >= POSSIBLE else Sureness.UNSURE
    )
    return Candidate(
        code, known[code][0], tree.path(known, code), round(share, 3), sureness, matched, reason, source
    )
