"""What a wrong cell probably means, so that one press mends it. No fix is put in by itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Final

HEAVY_KG: Final = Decimal(300)


def number(text: str) -> Decimal | None:
    """Read 1,234.50 and 1.234,50 and 12,5; raise ValueError for anything else."""
    text = text.replace("\u00a0", "").replace(" ", "").replace("'", "")
    if not text:
        return None
    if "," in text and "." in text:
        thousands = "," if text.rfind(".") > text.rfind(",") else "."
        text = text.replace(thousands, "")
    try:
        value = Decimal(text.replace(",", "."))
    except InvalidOperation:
        raise ValueError(text) from None
    if not value.is_finite() or abs(value) >= Decimal(10) ** 12:
        raise ValueError(text)
    return value


def figure(text: str) -> str:
    """Find the one number in `2.450,-` or `KES 2450`; nothing when there is none, or more than one."""
    found = re.findall(r"\d[\d.,'\u00a0 ]*", text.strip())
    if len(found) != 1:
        return ""
    digits = found[0].strip(" .,'\u00a0")
    # A dot or comma before exactly three last digits stands for thousands when a cent mark follows.
    if re.fullmatch(r"\d{1,3}([.,]\d{3})+", digits) and re.search(r"[.,]\s*[-–—]+\s*$", text):
        digits = re.sub(r"[.,]", "", digits)
    try:
        value = number(digits)
    except ValueError:
        return ""
    return f"{value.normalize():f}" if value and value > 0 else ""


def grams(kilograms: Decimal) -> str:
    """Write a weight that was typed in grams, in kilograms."""
    return f"{(kilograms / 1000).normalize():f}"


def nearest(text: str, names: Iterable[str]) -> str:
    """Name the closest of the known names, or nothing."""
    close = get_close_matches(text.casefold(), list(names), n=1, cutoff=0.6)
    return close[0] if close else ""


def longer_code(digits: str, used: Mapping[str, int]) -> str:
    """Name the code that the seller uses most among those which begin like this one."""
    if len(digits) < 2:
        return ""
    fitting = [code for code in used if code.startswith(digits)]
    return max(fitting, key=lambda code: (used[code], code), default="")


def free_code(code: str, taken: set[str]) -> str:
    """Give a code that no other row has."""
    return next(name for n in range(2, len(taken) + 3) if (name := f"{code[:34]}-{n}") not in taken)
