"""Questions that narrow a vague description: what is it, of what, for what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _

from customs.codes.text import words
from customs.describing import EXAMPLE, MATERIAL_WORDS, STOP_WORDS
from customs.models import InterceptMessage

# Chapters in which the material alone decides between otherwise like goods.
_MATERIALS: Final = {
    "39": "plastic", "40": "rubber", "42": "leather", "44": "wood", "46": "leaves or straw", "48": "paper",
    "61": "textile", "62": "textile", "63": "textile", "68": "stone", "69": "ceramic", "70": "glass",
    "71": "precious metal or pearls", "73": "steel", "74": "copper", "76": "aluminium", "83": "metal",
}  # fmt: skip
_GRASP: Final = {
    "color",
    "colour",
    "size",
    "small",
    "large",
    "medium",
    "black",
    "white",
    "red",
    "blue",
    "green",
}
Texts = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Question:
    """One question with answers that can be added to the words; `about` names the field it fills."""

    about: str
    words: str
    answers: tuple[str, ...] = ()
    source: str = ""


def too_little(query: str) -> Question:
    """Ask for the name of the goods."""
    words_ = _("“%(query)s” does not name goods. What is it exactly?") if query else _("What is it exactly?")
    return Question("what", f"{words_ % {'query': query[:60]} if query else words_} {example()}")


def not_loaded() -> Question:
    """Say that the list of codes is not there yet."""
    return Question("what", _("The list of customs codes is not loaded yet. Type the code if you know it."))


def example() -> str:
    """Show a description that is good enough."""
    return _("For example: %(text)s") % {"text": EXAMPLE}


def question(
    query: str, codes: Sequence[str], known: Texts, vague: InterceptMessage | None
) -> Question | None:
    """Choose the question that splits the shown codes best; none when the words say enough."""
    asked = words(query)
    if vague is not None and not vague.codes:
        ours = _("“%(term)s” is too general. What is it exactly, made of what, and for what?")
        return Question("what", vague.message or ours % {"term": vague.term}, (), vague.source)
    if all(word in STOP_WORDS or word in _GRASP for word in asked):
        return too_little(query)
    if vague is not None and vague.message:
        return Question("what", vague.message, (), vague.source)
    return _split(asked, codes, known)


def _split(asked: Sequence[str], codes: Sequence[str], known: Texts) -> Question | None:
    chapters = {code[:2] for code in codes}
    texts = {code: known[code][0].lower() for code in codes}
    if {"61", "62"} <= chapters and not {"knitted", "knit", "woven", "crocheted"} & set(asked):
        return Question("material", _("Is the cloth knitted or woven?"), (_("knitted"), _("woven")))
    materials = {_MATERIALS[chapter] for chapter in chapters if chapter in _MATERIALS}
    if len(materials) > 1 and not set(asked) & MATERIAL_WORDS:
        return Question("material", _("What is it made of, mostly?"), tuple(sorted(materials)))
    for word, words_, answers in (
        ("frozen", _("Is it fresh, chilled or frozen?"), (_("fresh"), _("chilled"), _("frozen"))),
        ("parts", _("Is it the whole thing or a part of it?"), (_("complete"), _("parts"))),
        ("women", _("Who is it for?"), (_("women or girls"), _("men or boys"))),
        ("cotton", _("Of which fibre is it, mostly?"), (_("cotton"), _("wool"), _("synthetic"))),
    ):
        having = [code for code, text in texts.items() if word in text]
        if 0 < len(having) < len(texts) and word not in asked and not _answered(word, asked):
            return Question("material" if word == "cotton" else "what", words_, answers)
    return None


def _answered(word: str, asked: Sequence[str]) -> bool:
    said = set(asked)
    return {
        "frozen": bool(said & {"fresh", "chilled", "dried", "smoked"}),
        "parts": bool(said & {"part", "spare", "complete"}),
        "women": bool(said & {"woman", "women", "men", "man", "girl", "boy", "unisex", "baby", "kid"}),
        "cotton": bool(said & MATERIAL_WORDS),
    }[word]
