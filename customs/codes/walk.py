"""Walk down the tree: section, chapter, heading, subheading, with one question at each step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customs.codes import editions, search, tree

QUESTIONS: Final = {
    0: gettext_lazy("Which group of goods is it?"),
    2: gettext_lazy("Which chapter says what it is, or what it is made of?"),
    4: gettext_lazy("Which heading names your goods best?"),
    6: gettext_lazy("Which line fits? Take “other” only when no line before it fits."),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One place in the tree: the way to it, the question, and what can be chosen; best matches first."""

    way: tuple[tuple[str, str], ...]
    question: str
    choices: tuple[tuple[str, str, bool], ...]


def step(under: str, query: str = "") -> Step:
    """Show what stands below a code; the words of a search put likely branches first and mark them."""
    known = tree.texts()
    under = under if under in known else ""
    below = [code for code, (_text, parent) in known.items() if parent == under]
    best = _best(query, known)
    below.sort(key=lambda code: (best.get(code, 99), _order(code)))
    level = len(below[0]) if below and below[0].isdigit() else 0
    question = str(QUESTIONS[level]) if below else _("This is the code.")
    choices = tuple((code, known[code][0], best.get(code, 99) < 3) for code in below)
    return Step(tree.path(known, under), question, choices)


def _best(query: str, known: Mapping[str, tuple[str, str]]) -> dict[str, int]:
    """Rank branches by the place of their best code in the search."""
    opened = editions.current()
    if not query or opened is None:
        return {}
    index, synonyms = opened
    scores = search.ask(index, synonyms, query).codes
    ranks: dict[str, int] = {}
    levels: dict[int, int] = {}
    for number in (-scores).argsort()[:200]:
        for code, _text in tree.path(known, index.codes[int(number)]):
            level = len(code) if code.isdigit() else 0
            if code not in ranks:
                ranks[code] = levels.get(level, 0)
                levels[level] = ranks[code] + 1
    return ranks


def _order(code: str) -> tuple[int, str]:
    romans = {"I": 1, "V": 5, "X": 10}
    if code.isdigit():
        return 0, code
    values = [romans[letter] for letter in code]
    return sum(-v if n + 1 < len(values) and v < values[n + 1] else v for n, v in enumerate(values)), code
