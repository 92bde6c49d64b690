"""Goods that come home again, and duty that comes back: what laws we know say, with their source. Plain data.

A country that is not here is not guessed: the answer says so and counts the full duty.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

EU: Final = frozenset(
    (
        *("AT", "BE", "BG", "HR", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HU"),
        *("IE", "IT", "LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK"),
    )
)


@dataclass(frozen=True, slots=True)
class Relief:
    """A way not to pay duty on goods that come home, or to get it back where they were sold."""

    days: int
    words: str
    source: str
    only_faulty: bool = False


_EU_HOME: Final = Relief(
    1095,
    "Returned within three years in the same state: no import duty.",
    "Regulation (EU) 952/2013 art. 203",
)
_HOME: Final[dict[str, Relief]] = {
    **dict.fromkeys(EU, _EU_HOME),
    "GB": Relief(
        1095,
        "Returned within three years in the same state: Returned Goods Relief, no duty.",
        "GOV.UK Returned Goods Relief",
    ),
    "US": Relief(
        1095,
        "Returned within three years without having been improved: no duty.",
        "HTSUS 9801.00.10 and 9801.00.20",
    ),
    "CN": Relief(
        365,
        "Returned within one year because of quality or specification: no import duty.",
        "PRC Tariff Law (2024), returned goods",
        only_faulty=True,
    ),
    "TR": Relief(
        1095, "Returned within three years in the same state: no duty.", "Turkish Customs Law 4458 art. 168"
    ),
    "VN": Relief(
        365,
        "Exported goods that come back within 365 days: no import duty.",
        "Vietnam Decree 134/2016 on export and import duties",
    ),
}
_EU_BACK: Final = Relief(
    365,
    "Duty on defective goods is repaid when they leave again or are destroyed within one year.",
    "Regulation (EU) 952/2013 art. 118",
    only_faulty=True,
)
_BACK: Final[dict[str, Relief]] = {
    **dict.fromkeys(EU, _EU_BACK),
    "GB": Relief(
        365,
        "Duty on rejected imports is repaid when they leave again or are destroyed within one year.",
        "GOV.UK rejected imports (C&E1179)",
        only_faulty=True,
    ),
    "US": Relief(
        1826,
        "Duty on rejected goods is refunded when they are exported or destroyed within five years.",
        "19 USC 1313(c)",
        only_faulty=True,
    ),
}


def home(country: str, *, sent_on: date, on: date, faulty: bool) -> tuple[bool, Relief | None]:
    """Say whether goods come home without duty, and the rule we know (None: we know none)."""
    return _fits(_HOME.get(country), sent_on, on, faulty=faulty)


def duty_back(country: str, *, sent_on: date, on: date, faulty: bool) -> tuple[bool, Relief | None]:
    """Say whether duty paid in the buyer's country comes back, and the rule we know (None: none)."""
    return _fits(_BACK.get(country), sent_on, on, faulty=faulty)


def _fits(rule: Relief | None, sent_on: date, on: date, *, faulty: bool) -> tuple[bool, Relief | None]:
    if rule is None:
        return False, None
    return (on - sent_on).days <= rule.days and (faulty or not rule.only_faulty), rule
