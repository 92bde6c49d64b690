"""Field rules of the data sets: what must be there, how long it may be, which codes are allowed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

COUNTRY: Final = r"[A-Z]{2}"
CURRENCY: Final = r"[A-Z]{3}"
MASS: Final = r"(?!0+\.0+$)\d{1,10}\.\d{3}"
AMOUNT: Final = r"\d{1,14}\.\d{2}"
HS6: Final = r"\d{6}"
S10: Final = r"[A-Z]{2}\d{9}[A-Z]{2}"


@dataclass(frozen=True, slots=True)
class Field:
    """A rule for one field. `path` uses dots and `[]` for lists; `words` names the field for people."""

    path: str
    words: str
    most: int = 0
    needed: bool = True
    form: str = ""
    codes: frozenset[str] = frozenset()
    hint: str = ""


def faults(data: Mapping[str, Any], rules: Sequence[Field]) -> list[str]:
    """Name each field that breaks its rule, with the item and the reason; empty when all is well."""
    found: list[str] = []
    for rule in rules:
        for where, value in _values(data, rule.path.split("."), ""):
            reason = _reason(value, rule)
            if reason:
                found.append(f"{where}{rule.words} {reason}")
    return list(dict.fromkeys(found))


def _reason(value: Any, rule: Field) -> str:
    if value in (None, "", [], {}):
        return "is missing" if rule.needed else ""
    if isinstance(value, list):
        return ""
    text = str(value)
    if rule.most and len(text) > rule.most:
        return f"has {len(text)} characters, at most {rule.most} are allowed"
    if rule.codes and text not in rule.codes:
        return f"“{text[:20]}” is not one of {', '.join(sorted(rule.codes))}"
    if rule.form and not re.fullmatch(rule.form, text):
        return rule.hint or f"“{text[:20]}” has the wrong form"
    return ""


def _values(data: Any, path: Sequence[str], where: str) -> Iterator[tuple[str, Any]]:
    """Walk to a field; a list gives each of its values, named by its place."""
    if not path:
        yield where, data
        return
    name = path[0].removesuffix("[]")
    value = data.get(name) if isinstance(data, Mapping) else None
    if not path[0].endswith("[]"):
        yield from _values(value, path[1:], where)
        return
    rows = value if isinstance(value, list) else []
    if not rows:
        yield where, None
    for place, row in enumerate(rows, start=1):
        yield from _values(row, path[1:], f"{where}item {place}: ")
