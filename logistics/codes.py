"""Numbers on labels with their check digits: UPU S10, GS1 (SSCC, GTIN), ISO 6346 containers, air waybills."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

S10_WEIGHTS: Final = (8, 6, 4, 2, 3, 5, 9, 7)
COMPANY_PREFIX: Final = "9528765"  # GS1 demonstration prefix 952: never a real company


class BadCode(ValueError):
    """The digits do not have the form of this scheme."""


def s10_check(serial: str) -> str:
    """Return the check digit of an eight-digit postal serial (UPU S10: 10 becomes 0, 11 becomes 5)."""
    digits = _digits(serial, 8)
    check = 11 - sum(d * w for d, w in zip(digits, S10_WEIGHTS, strict=True)) % 11
    return str({10: 0, 11: 5}.get(check, check))


def gs1_check(body: str) -> str:
    """Return the GS1 check digit: weights 3 and 1 from the right."""
    digits = _digits(body)
    return str(-sum(d * (3 if i % 2 == 0 else 1) for i, d in enumerate(reversed(digits))) % 10)


def iso6346_check(body: str) -> str:
    """Return a container's check digit (owner, category, serial: four letters and six digits)."""
    text = body.upper()
    if len(text) != 10 or not text[:4].isalpha() or not text[4:].isdigit() or not text.isascii():
        raise BadCode("A container number has four letters and six digits.")
    total = sum(_letter(char) * 2**place for place, char in enumerate(text))
    return str(total % 11 % 10)


def awb_check(serial: str) -> str:
    """Return the check digit of a seven-digit air waybill serial: the rest of a division by seven."""
    _digits(serial, 7)
    return str(int(serial) % 7)


CHECKS: Final[Mapping[str, Callable[[str], str]]] = {
    "upu_s10": s10_check,
    "gs1": gs1_check,
    "sscc": gs1_check,
    "s10": s10_check,
    "gs1_mod10": gs1_check,
    "iso6346": iso6346_check,
    "awb_mod7": awb_check,
    "awb": awb_check,
}


def check_digit(scheme: str, digits: str) -> str:
    """Return the check digit of a number body in one of the known schemes."""
    if scheme not in CHECKS:
        raise BadCode(f"Unknown scheme {scheme!r}.")
    return CHECKS[scheme](digits.replace(" ", "").replace("-", ""))


def s10(prefix: str, serial: int, country: str) -> str:
    """Build a postal item number such as RA473124829CN."""
    body = f"{serial % 100_000_000:08d}"
    return f"{prefix}{body}{s10_check(body)}{country}"


def sscc(serial: int, extension: int = 0) -> str:
    """Build an eighteen-digit shipping container code under our prefix."""
    body = f"{extension}{COMPANY_PREFIX}{serial % 10**9:09d}"
    return body + gs1_check(body)


def is_s10(number: str) -> bool:
    """Tell whether a text is a postal number with a right check digit."""
    return (
        len(number) == 13
        and number[:2].isalpha()
        and number[11:].isalpha()
        and number[2:11].isdigit()
        and s10_check(number[2:10]) == number[10]
    )


def _digits(text: str, length: int | None = None) -> list[int]:
    if not text.isascii() or not text.isdigit() or (length is not None and len(text) != length):
        raise BadCode(f"{text!r} must be {length or 'only'} digits.")
    return [int(char) for char in text]


def _letter(char: str) -> int:
    """Give a letter its ISO 6346 value: 10 upwards, leaving out multiples of 11."""
    if char.isdigit():
        return int(char)
    value = ord(char) - ord("A") + 10
    return value + (value > 10) + (value > 20) + (value > 30)
