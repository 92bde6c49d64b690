"""Account numbers: the check of ISO 13616 where a country uses IBAN, a sane length elsewhere."""

from __future__ import annotations

import re
from typing import Final

from stdnum import iban as registry
from stdnum.exceptions import ValidationError

LENGTHS: Final = {
    "AT": 20, "BE": 16, "BR": 29, "CH": 21, "CZ": 24, "DE": 22, "DK": 18, "EE": 20, "ES": 24,
    "FI": 18, "FR": 27, "GB": 22, "GR": 27, "HR": 21, "HU": 28, "IE": 22, "IT": 27, "LT": 20,
    "LU": 20, "LV": 21, "NL": 18, "NO": 15, "PL": 28, "PT": 25, "RO": 24, "SA": 24, "SE": 24,
    "SI": 19, "SK": 24, "TR": 26, "AE": 23, "BG": 22, "CY": 28, "MT": 31, "IL": 23, "KW": 30,
    "QA": 29, "JO": 30, "BH": 22, "EG": 29, "TN": 24, "UA": 29, "IS": 26,
}  # fmt: skip


def clean(account: str) -> str:
    """Drop spaces and dashes, write letters large."""
    return re.sub(r"[\s\-.]", "", account).upper()


def problem(account: str, country: str) -> str:
    """Say what is wrong with an account number in one sentence; empty when nothing is."""
    if country in LENGTHS:
        if len(account) != LENGTHS[country] or not account.startswith(country):
            return f"An IBAN of {country} starts with {country} and has {LENGTHS[country]} characters."
        try:
            registry.validate(account, check_country=False)
        except ValidationError:
            return "This IBAN has a wrong check number or a wrong place for letters and digits."
        return ""
    if not re.fullmatch(r"(?=.*\d)[0-9A-Z]{5,34}", account):
        return "An account number has 5 to 34 digits and letters, and at least one digit."
    return ""
