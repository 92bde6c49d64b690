"""When a prohibition or paper of a lane concerns goods: one rule for pre-flight, checkout and hold."""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from datetime import date
from typing import Final

from django.utils.translation import gettext_lazy as _

# What a rule of a lane asks for, in words for people.
KINDS: Final = {
    "prohibition": _("Prohibited"),
    "restriction": _("Restricted"),
    "licence": _("Licence"),
    "certificate": _("Certificate"),
    "document": _("Document"),
    "observation": _("Watched by customs"),
}
# Kinds that ask for a paper of the seller, and those that only tell what customs does.
PAPER_KINDS: Final = frozenset({"document", "certificate"})
WATCHED: Final = "observation"
EMBARGOED: Final = frozenset({"CU", "IR", "KP"})
EVERYWHERE: Final = frozenset({"ERGA OMNES", ""})


def digits_of(code: str) -> str:
    """The digits of a code as people write it."""
    return "".join(filter(str.isdigit, code))


def concerns(row_code: str, row_origin: str, hs_code: str, origins: AbstractSet[str]) -> bool:
    """Whether a row for a code and an origin concerns these goods; `origins` may hold groups of countries."""
    digits = digits_of(hs_code)
    return bool(digits) and digits.startswith(row_code) and row_origin in {*EVERYWHERE, *origins}


def in_force(valid_from: date | None, valid_to: date | None, on: date) -> bool:
    """Whether a row is in force on the day."""
    return (valid_from is None or valid_from <= on) and (valid_to is None or on <= valid_to)
