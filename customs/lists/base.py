"""What the readers of party lists share."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from django.utils.translation import gettext_lazy as _

from marketplace.kit.refusal import Refusal


class ListBroken(Refusal):
    words = _("{file} could not be read: {what}. Nothing was loaded; the list in force stays.")
    status = 400


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    names = {str(name).lower(): code for code, name in Locale("en").territories.items() if len(code) == 2}
    return names | {
        "democratic people's republic of korea": "KP",
        "korea, north": "KP",
        "russian federation": "RU",
        "iran (islamic republic of)": "IR",
        "syrian arab republic": "SY",
        "democratic republic of the congo": "CD",
        "libyan arab jamahiriya": "LY",
        "türkiye": "TR",
        "burma": "MM",
        "united republic of tanzania": "TZ",
        "côte d'ivoire": "CI",
        "united kingdom of great britain and northern ireland": "GB",
        "united states of america": "US",
        "state of palestine": "PS",
        "china, people's republic of": "CN",
        "viet nam": "VN",
    }


def country_code(name: str) -> str:
    """Give the two letters of a country as lists write it; empty when unknown."""
    text = name.strip().lower().replace("’", "'")
    if len(text) == 2 and text.isalpha():
        return text.upper()
    return _codes().get(text, "")
