"""Cut a text into the words and the groups of three letters by which goods are found."""

from __future__ import annotations

import re
from typing import Final

from anyascii import anyascii

LONGEST: Final = 600
_WORD: Final = re.compile(r"[a-z0-9]+")
# Words of the nomenclature, of parcels and of adverts that name no goods.
STOP: Final = frozenset(
    """a an and as at be by for from in into is it its not of off on or other our out per than that the their
    thereof these this to we whether which whole with without you your excl excluding exceeding including
    heading subheading nes specified elsewhere included article articles kind kinds use used lot pcs pc piece
    pieces free shipping dropshipping wholesale new hot sale brand quality high fashion gift gifts
    style""".split()  # noqa: SIM905
)


def plain(text: str) -> str:
    """Write a text in small Latin letters, cut to a length that nobody needs more of."""
    return anyascii(text[:LONGEST]).lower().replace("'s", "").replace("_", " ")


def words(text: str) -> list[str]:
    """Give the telling words, in the singular."""
    return [singular(word) for word in _WORD.findall(plain(text)) if word not in STOP and len(word) > 1]


def singular(word: str) -> str:
    """Take the plural ending from an English word."""
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def trigrams(text: str) -> list[str]:
    """Give the groups of three letters of each word, its start and end marked by a space."""
    found: list[str] = []
    for word in _WORD.findall(plain(text)):
        marked = f" {word} "
        found.extend(marked[n : n + 3] for n in range(len(marked) - 2))
    return found
