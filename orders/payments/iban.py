"""Account numbers: the check of ISO 13616 where a country uses IBAN, a sane length elsewhere."""

from __future__ import annotations

import re
from typing import Final

from django.utils.translation import gettext as _
from stdnum import iban as registry
from stdnum import numdb
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
    """Say what is wrong with an account number in one sentence; empty when nothing is.

    Of other countries with IBANs (Pakistan, Georgia, ...), a number that says it is one must be one.
    """
    if country in LENGTHS:
        if len(account) != LENGTHS[country] or not account.startswith(country):
            return _("An IBAN of %(country)s starts with %(country)s and has %(length)s characters.") % {
                "country": country, "length": LENGTHS[country],
            }  # fmt: skip
        return "" if _fits(account) else _wrong()
    if not re.fullmatch(r"(?=.*\d)[0-9A-Z]{5,34}", account):
        return _("An account number has 5 to 34 digits and letters, and at least one digit.")
    claims = country and re.match(rf"{country}\d\d", account) and numdb.get("iban").info(country)[0][1]
    return _wrong() if claims and not _fits(account) else ""


def _fits(account: str) -> bool:
    try:
        registry.validate(account, check_country=False)
    except ValidationError:
        return False
    return True


def _wrong() -> str:
    return _("This IBAN has a wrong check number or a wrong place for letters and digits.")
