"""Which parts an address needs, country by country. Other countries need street and town."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class PostalRule:
    """`pattern` is the form of a postcode (empty: the country has none), `example` one that fits."""

    pattern: str = ""
    example: str = ""
    region_needed: bool = False
    town_needed: bool = True

    @property
    def postcode_needed(self) -> bool:
        return bool(self.pattern)


# Forms as in the Universal Postal Union's addressing guides.
RULES: Final[dict[str, PostalRule]] = {
    "AR": PostalRule(r"[A-Z]?\d{4}([A-Z]{3})?", "M5500"),
    "AT": PostalRule(r"\d{4}", "1010"),
    "AU": PostalRule(r"\d{4}", "2000", region_needed=True),
    "BE": PostalRule(r"\d{4}", "1000"),
    "BR": PostalRule(r"\d{5}-?\d{3}", "01310-100", region_needed=True),
    "CA": PostalRule(r"[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d", "K1A 0B1", region_needed=True),
    "CH": PostalRule(r"\d{4}", "8001"),
    "CN": PostalRule(r"\d{6}", "200000", region_needed=True),
    "DE": PostalRule(r"\d{5}", "10115"),
    "DK": PostalRule(r"\d{4}", "1050"),
    "ES": PostalRule(r"\d{5}", "28013"),
    "FI": PostalRule(r"\d{5}", "00100"),
    "FR": PostalRule(r"\d{5}", "75001"),
    "GB": PostalRule(r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}", "SW1A 1AA"),
    "HK": PostalRule(),
    "AE": PostalRule(region_needed=True),
    "IE": PostalRule(r"[A-Z]\d[\dW] ?[A-Z\d]{4}", "D02 AF30"),
    "IN": PostalRule(r"\d{6}", "110001", region_needed=True),
    "IT": PostalRule(r"\d{5}", "00118", region_needed=True),
    "JP": PostalRule(r"\d{3}-?\d{4}", "100-0001", region_needed=True),
    "KE": PostalRule(r"\d{5}", "00100"),
    "KR": PostalRule(r"\d{5}", "04524"),
    "MX": PostalRule(r"\d{5}", "06000", region_needed=True),
    "MY": PostalRule(r"\d{5}", "50000", region_needed=True),
    "NL": PostalRule(r"\d{4} ?[A-Z]{2}", "1012 AB"),
    "NO": PostalRule(r"\d{4}", "0150"),
    "NZ": PostalRule(r"\d{4}", "6011"),
    "PE": PostalRule(r"\d{5}", "15001", region_needed=True),
    "PL": PostalRule(r"\d{2}-?\d{3}", "00-001"),
    "PT": PostalRule(r"\d{4}-?\d{3}", "1000-001"),
    "SE": PostalRule(r"\d{3} ?\d{2}", "111 22"),
    "SG": PostalRule(r"\d{6}", "018956", town_needed=False),
    "TH": PostalRule(r"\d{5}", "10110", region_needed=True),
    "TR": PostalRule(r"\d{5}", "34000", region_needed=True),
    "US": PostalRule(r"\d{5}(-\d{4})?", "10001", region_needed=True),
    "VN": PostalRule(r"\d{5,6}", "70000"),
    "ZA": PostalRule(r"\d{4}", "8001"),
}
ANY: Final = PostalRule()


def rule(country: str) -> PostalRule:
    """Find the rule of a country; an unlisted country asks for no postcode."""
    return RULES.get(country.upper(), ANY)


def tidy(country: str, postal_code: str) -> str:
    """Write a postcode the way its country does, as far as that is only case and spaces."""
    text = " ".join(postal_code.upper().split())
    if country.upper() in {"GB", "CA"} and " " not in text and len(text) > 3:
        return f"{text[:-3]} {text[-3:]}"
    return text


def faults(country: str, *, postal_code: str, region: str = "", town: str = "x") -> dict[str, str]:
    """Name what is wrong: field to `needed` or `form`."""
    needs, found = rule(country), {}
    code = tidy(country, postal_code)
    if needs.postcode_needed and not code:
        found["postal_code"] = "needed"
    elif needs.postcode_needed and not re.fullmatch(needs.pattern, code):
        found["postal_code"] = "form"
    if needs.region_needed and not region.strip():
        found["region"] = "needed"
    if needs.town_needed and not town.strip():
        found["town"] = "needed"
    return found
