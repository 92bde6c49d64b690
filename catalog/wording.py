"""Is a customs description good enough? Customs wants: what it is, what it is made of, what it is for."""

from __future__ import annotations

import re
from typing import Final

# Words that customs offices list as too vague (EU and UK guidance on acceptable goods descriptions).
VAGUE: Final = frozenset(
    [
        "accessories",
        "agricultural",
        "appliances",
        "apparel",
        "articles",
        "assorted",
        "bits",
        "cargo",
        "chemicals",
        "clothes",
        "clothing",
        "component",
        "components",
        "consolidated",
        "cosmetics",
        "electronics",
        "equipment",
        "food",
        "foodstuff",
        "freight",
        "garments",
        "general",
        "gift",
        "gifts",
        "goods",
        "handicraft",
        "handicrafts",
        "hardware",
        "household",
        "items",
        "machine",
        "machinery",
        "medical",
        "merchandise",
        "miscellaneous",
        "misc",
        "parcel",
        "part",
        "parts",
        "pipes",
        "plastic",
        "plastics",
        "polyurethane",
        "present",
        "presents",
        "product",
        "products",
        "promotional",
        "rubber",
        "sample",
        "samples",
        "set",
        "shipment",
        "souvenir",
        "souvenirs",
        "spares",
        "stuff",
        "supplies",
        "textile",
        "textiles",
        "thing",
        "things",
        "tools",
        "toys",
        "unknown",
        "used",
        "various",
        "wares",
    ]
)
FILLERS: Final = frozenset(
    [
        "a",
        "an",
        "and",
        "for",
        "from",
        "in",
        "of",
        "on",
        "or",
        "other",
        "some",
        "the",
        "to",
        "with",
        "new",
        "nice",
        "good",
        "best",
        "my",
        "our",
        "home",
        "personal",
        "use",
    ]
)
WORD: Final = re.compile(r"[^\W\d_]+", re.UNICODE)


def description_fault(text: str) -> str:
    """Name the fault of a customs description: empty, reference, vague, short, or nothing."""
    words = [word.casefold() for word in WORD.findall(text)]
    if not words:
        return "reference" if text.strip() else "empty"
    telling = [word for word in words if word not in FILLERS and word not in VAGUE and len(word) > 1]
    letters = sum(len(word) for word in words)
    if letters * 2 < len(text.replace(" ", "")):
        return "reference"
    if not telling:
        return "vague"
    wide = any(ord(letter) > 0x2E80 for letter in text)  # Chinese, Japanese, Korean: no spaces between words
    if not wide and len(telling) < 3:
        return "short"
    return ""
