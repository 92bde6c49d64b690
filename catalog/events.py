"""News of the catalogue; the subject is the product's number."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.events.bus import Fact


@dataclass(frozen=True, kw_only=True)
class ListingSubmitted(Fact):
    """A seller asks for a listing, or for changes to one, to be looked at."""


@dataclass(frozen=True, kw_only=True)
class ListingApproved(Fact):
    """A listing is in the shop."""


@dataclass(frozen=True, kw_only=True)
class ListingReturned(Fact):
    """A listing went back to its seller with reasons."""

    reasons: dict[str, str]


@dataclass(frozen=True, kw_only=True)
class PriceChanged(Fact):
    """Price, weight or size of a variant changed: its delivered prices are out of date."""

    sku: str
