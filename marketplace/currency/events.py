"""The news of this room."""

from __future__ import annotations

from dataclasses import dataclass

from marketplace.events.bus import Fact


@dataclass(frozen=True, kw_only=True)
class RatesPublished(Fact):
    """New rates are in force (subject: the set's number); display prices want recomputing."""

    as_of: str
    source: str
    currencies: list[str]


@dataclass(frozen=True, kw_only=True)
class MarginChanged(Fact):
    """A margin on exchange was agreed (subject: the change's number); it counts from its day on."""

    valid_from: str
