"""Places: a country with as much of an address as a price needs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """`country` is ISO 3166-1 alpha-2; `region` a state or province where a tax depends on it."""

    country: str
    postal_code: str = ""
    town: str = ""
    region: str = ""

    def __str__(self) -> str:
        return f"{self.country}-{self.postal_code}" if self.postal_code else self.country

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read `DE-10115` or `DE`; raise ValueError when the country is not two letters."""
        country, _, postal_code = text.strip().partition("-")
        country = country.strip().upper()
        if len(country) != 2 or not country.isascii() or not country.isalpha():
            raise ValueError(f"{text!r} does not start with a two-letter country code")
        return cls(country, postal_code.strip()[:12])
