"""The search index over goods texts: plain arrays in a folder, mapped into memory and shared by processes.

Five views are weighed together: the words of everything that is said about a code, the words of the nearest
single phrase, the groups of three letters of the nearest single phrase (which forgive spelling), and, with
less weight, the meaning of the nearest phrase and of all that is said (which finds other words for a thing).
"""

from __future__ import annotations

import json
import math
from array import array
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from customs.codes.meaning import WIDTH, direction
from customs.codes.text import trigrams, words

Floats = NDArray[np.float32]
Counts = NDArray[np.int32]
MOST_CODES: Final = 12  # a phrase for more codes than this says nothing about each of them
MEANING: Final = np.float32(0.7)  # the weight of each of the two views of the meaning
PARTS: Final = ("terms", "idf", "start", "where", "weight")


@dataclass(frozen=True, slots=True)
class Phrase:
    """One text about goods, the six-digit codes it stands for and where it comes from."""

    text: str
    codes: tuple[str, ...]
    source: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One view of the texts as an inverted index."""

    terms: NDArray[np.bytes_]
    idf: Floats
    start: NDArray[np.int64]
    where: Counts
    weight: Floats
    texts: int

    def weighed(self, tokens: Sequence[str]) -> list[tuple[int, float]]:
        """Find the tokens that the index knows, with their share of the query."""
        counts = Counter(token.encode() for token in tokens)
        if not counts or not len(self.terms):
            return []
        asked = np.array(list(counts))
        places = np.minimum(np.searchsorted(self.terms, asked), len(self.terms) - 1)
        known = [
            (int(place), (1 + math.log(count)) * float(self.idf[place]))
            for place, token, count in zip(places, counts, counts.values(), strict=True)
            if bytes(self.terms[place]) == token
        ]
        length = math.sqrt(sum(weight * weight for _place, weight in known))
        return [(place, weight / length) for place, weight in known]

    def telling(self, token: str) -> float:
        """Say how much a word tells: more the fewer texts have it, most where none has."""
        place = int(np.searchsorted(self.terms, token.encode()))
        if place < len(self.terms) and bytes(self.terms[place]) == token.encode():
            return float(self.idf[place])
        return math.log(1 + self.texts) + 1

    def score(self, tokens: Sequence[str]) -> Floats:
        """Give the cosine of the query with every text."""
        found = np.zeros(self.texts, np.float32)
        for place, weight in self.weighed(tokens):
            first, last = self.start[place], self.start[place + 1]
            found[self.where[first:last]] += np.float32(weight) * self.weight[first:last]
        return found


@dataclass(frozen=True, slots=True)
class Hits:
    """How near each code and each stored phrase is to a text."""

    codes: Floats
    phrases: Floats


@dataclass(frozen=True, slots=True)
class Index:
    """All codes with their phrases."""

    codes: tuple[str, ...]
    place: Mapping[str, int]
    whole: Field
    near: Field
    letters: Field
    owner: Counts
    first: NDArray[np.int64]
    phrase: Floats
    rows: NDArray[np.int64]
    meanings: Floats
    about: Floats

    def ask(self, text: str) -> Hits:
        """Weigh every code for a text; the scale is that of standard deviations."""
        tokens = words(text)
        near, letters = self.near.score(tokens), self.letters.score(trigrams(text))
        total = np.zeros(len(self.codes), np.float32)
        for part in (self.whole.score(tokens), self._nearest(near), self._nearest(letters)):
            total += _standard(part)
        meant = direction(tokens, self.near.telling)
        if meant.any():
            for part in (self._nearest(self.meanings @ meant), self.about @ meant):
                total += MEANING * _standard(part)
        return Hits(total, near + letters)

    def _nearest(self, scores: Floats) -> Floats:
        found: Floats = np.maximum.reduceat((scores * self.phrase)[self.owner], self.first)
        return found

    def phrases_for(self, hits: Hits, codes: Sequence[str]) -> dict[str, int]:
        """Name for each code the phrase that speaks most for it, as row id; 0 is the code's own text."""
        found: dict[str, int] = {}
        for code in codes:
            place = self.place[code]
            last = self.first[place + 1] if place + 1 < len(self.first) else len(self.owner)
            mine = self.owner[self.first[place] : last]
            best = mine[int(np.argmax(hits.phrases[mine]))]
            found[code] = max(int(self.rows[best]), 0)
        return found


def _standard(part: Floats) -> Floats:
    """Write values as standard deviations from their mean."""
    found: Floats = (part - part.mean()) / (part.std() + np.float32(1e-6))
    return found


def _field(texts: Sequence[list[str]]) -> dict[str, NDArray[np.generic]]:
    vocabulary: dict[str, int] = {}
    rows, columns, values = array("i"), array("i"), array("f")
    for number, tokens in enumerate(texts):
        for token, count in Counter(tokens).items():
            rows.append(number)
            columns.append(vocabulary.setdefault(token, len(vocabulary)))
            values.append(1 + math.log(count))
    row = np.frombuffer(rows, np.int32) if rows else np.zeros(0, np.int32)
    column = np.frombuffer(columns, np.int32) if columns else np.zeros(0, np.int32)
    value = np.frombuffer(values, np.float32) if values else np.zeros(0, np.float32)
    terms = np.array([term.encode() for term in vocabulary] or [b""])
    order = np.argsort(terms)
    rank = np.empty(len(terms), np.int32)
    rank[order] = np.arange(len(terms), dtype=np.int32)
    column = rank[column]
    seen = np.bincount(column, minlength=len(terms))
    idf = (np.log((1 + len(texts)) / (1 + seen)) + 1).astype(np.float32)
    weight = value * idf[column]
    length = np.sqrt(np.bincount(row, weight.astype(np.float64) ** 2, minlength=len(texts)))
    weight = (weight / np.maximum(length[row], 1e-9)).astype(np.float32)
    sort = np.argsort(column, kind="stable")
    return {
        "terms": terms[order],
        "idf": idf,
        "start": np.concatenate([[0], np.cumsum(seen)]).astype(np.int64),
        "where": row[sort],
        "weight": weight[sort],
    }


def build(folder: Path, titles: dict[str, str], phrases: Sequence[tuple[int, Phrase]]) -> None:
    """Write the index of these phrases; `titles` maps each code to the words of what stands above it."""
    codes = sorted(titles)
    place = {code: number for number, code in enumerate(codes)}
    about: dict[str, list[str]] = {code: [] for code in codes}
    pairs: list[tuple[int, int]] = []
    for number, (_row, phrase) in enumerate(phrases):
        for code in phrase.codes:
            pairs.append((place[code], number))
            if len(phrase.codes) <= MOST_CODES:
                about[code].append(phrase.text)
    bare = len(phrases)
    # Every code owns at least one text, so that the nearest one is always defined.
    pairs.extend((place[code], bare) for code in codes)
    pairs.sort()
    owners = np.array([code for code, _phrase in pairs], np.int64)
    folder.mkdir(parents=True, exist_ok=True)
    kept: dict[str, Callable[[], dict[str, NDArray[np.generic]]]] = {
        "whole": lambda: _field(
            [[t for text in (*dict.fromkeys(about[c]), titles[c]) for t in words(text)] for c in codes]
        ),
        "near": lambda: _field([*(words(phrase.text) for _row, phrase in phrases), []]),
        "letters": lambda: _field([*(trigrams(phrase.text) for _row, phrase in phrases), []]),
    }
    for name, make in kept.items():
        for part, values in make().items():
            np.save(folder / f"{name}-{part}.npy", values)
    np.save(folder / "owner.npy", np.array([phrase for _code, phrase in pairs], np.int32))
    np.save(folder / "first.npy", np.searchsorted(owners, np.arange(len(codes))).astype(np.int64))
    shares = [len(phrase.codes) ** -0.25 if phrase.codes else 0.0 for _row, phrase in phrases]
    np.save(folder / "phrase.npy", np.array([*shares, 0.0], np.float32))
    np.save(folder / "rows.npy", np.array([*(row for row, _phrase in phrases), -1], np.int64))
    near = Field(**{part: np.load(folder / f"near-{part}.npy") for part in PARTS}, texts=bare + 1)
    meanings, meant = _meanings(near, [phrase for _row, phrase in phrases], place)
    np.save(folder / "meanings.npy", meanings)
    np.save(folder / "about.npy", meant)
    (folder / "codes.json").write_text(json.dumps(codes), encoding="utf-8")


def _meanings(near: Field, phrases: Sequence[Phrase], place: Mapping[str, int]) -> tuple[Floats, Floats]:
    """The direction of each phrase, and of all phrases of each code together."""
    meanings = np.zeros((len(phrases) + 1, WIDTH), np.float32)
    about = np.zeros((len(place), WIDTH), np.float32)
    for number, phrase in enumerate(phrases):
        meanings[number] = direction(words(phrase.text), near.telling)
        if len(phrase.codes) <= MOST_CODES:
            for code in phrase.codes:
                about[place[code]] += meanings[number]
    about /= np.maximum(np.linalg.norm(about, axis=1, keepdims=True), np.float32(1e-9))
    return meanings, about


def read(folder: Path) -> Index:
    """Open a written index; its arrays stay in the file and are shared."""

    def array_of(name: str) -> NDArray[np.generic]:
        found: NDArray[np.generic] = np.load(folder / f"{name}.npy", mmap_mode="r").view(np.ndarray)
        return found

    codes = tuple(json.loads((folder / "codes.json").read_text(encoding="utf-8")))
    phrase = array_of("phrase")
    fields = {
        name: Field(**{part: array_of(f"{name}-{part}") for part in PARTS}, texts=texts)  # type: ignore[arg-type]
        for name, texts in (("whole", len(codes)), ("near", len(phrase)), ("letters", len(phrase)))
    }
    return Index(
        codes, {code: n for n, code in enumerate(codes)}, fields["whole"], fields["near"], fields["letters"],
        array_of("owner"), array_of("first"), phrase, array_of("rows"),  # type: ignore[arg-type]
        array_of("meanings"), array_of("about"),  # type: ignore[arg-type]
    )  # fmt: skip
