"""Letters to seller and buyer in their own language: the words stand in `data/letters.json`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

from babel.dates import format_date

from customs.describing import EXAMPLE
from customs.models import Declaration, Hold, HoldPaper
from marketplace.accounts.models import Company, User

FILE: Final = Path(__file__).parent / "data" / "letters.json"
FALLBACK: Final = "en"
# Which letter fits a finding best.
BY_RULE: Final = {
    "R-VAL-003": "value",
    "R-DATA-002": "description",
    "R-DG-021": "batteries",
    "R-SCR-001": "person",
}
KINDS: Final = ("papers", "value", "description", "batteries", "person")


@lru_cache(maxsize=1)
def _letters() -> dict[str, Any]:
    return json.loads(FILE.read_text(encoding="utf-8"))  # type: ignore[no-any-return]


def language_of(company: Company | None) -> str:
    """Choose the language of the people of a company.

    What a member chose counts first, unless it is only the default; then what the company says it speaks.
    """
    if company is None:
        return FALLBACK
    chosen = list(
        User.objects.filter(memberships__company=company).order_by("pk").values_list("language", flat=True)
    )
    spoken = [one for one in chosen if one != FALLBACK] + list(company.languages or ()) + chosen
    known = _letters()["papers"]
    return next((code for one in spoken if (code := str(one)[:2].lower()) in known), FALLBACK)


def write(kind: str, language: str, *, values: Mapping[str, str], day: date | None = None) -> tuple[str, str]:
    """Fill a letter: subject and body; where a language is missing the letter is English."""
    letter = _letters()[kind]
    code = language if language in letter else FALLBACK
    filled = {"example": EXAMPLE, **values}
    if day is not None:
        filled["day"] = format_date(day, format="long", locale=code)
    subject, body = letter[code]
    return subject.format(**filled), body.format(**filled)


def paper_name(code: str, label: str, language: str) -> str:
    """Name a paper in a language; the label stands where the paper is not one of the usual ones."""
    return str(_letters()["paper"].get(code, {}).get(language, label))


def goods_of(declaration: Declaration) -> str:
    """Name the goods of a parcel by its first line."""
    lines = list(declaration.lines.all())
    if not lines:
        return declaration.number
    more = f" +{len(lines) - 1}" if len(lines) > 1 else ""
    return f"{lines[0].quantity} × {lines[0].description}{more}"


def party_of(hold: Hold, party: str) -> Company | None:
    """Give the company behind the seller's or the buyer's side."""
    declaration = hold.declaration
    return declaration.seller if party == HoldPaper.Party.SELLER else declaration.buyer


def kind_for(rules: Iterable[str]) -> str:
    """Choose the letter that fits the first finding that has one of its own."""
    return next((BY_RULE[rule] for rule in rules if rule in BY_RULE), "papers")


def draft(hold: Hold, party: str, kind: str, papers: Mapping[str, str], day: date) -> tuple[str, str, str]:
    """Draft the letter to one party: its language, subject, body. `papers` maps codes to labels."""
    language = language_of(party_of(hold, party))
    names = ", ".join(paper_name(code, label, language) for code, label in papers.items())
    values = {
        "order": hold.declaration.order_number,
        "goods": goods_of(hold.declaration),
        "papers": names or "–",
    }
    return (language, *write(kind, language, values=values, day=day))
