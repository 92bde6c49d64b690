"""Every fact that a room can publish has a subscriber or is named as one that nobody needs to hear."""

from __future__ import annotations

from marketplace.events.bus import Fact
from marketplace.subscriptions import SILENT, SUBSCRIPTIONS


def kinds(fact: type[Fact]) -> set[type[Fact]]:
    below = set(fact.__subclasses__())
    return below | {deeper for kind in below for deeper in kinds(kind)}


def test_each_fact_is_heard_or_named_silent() -> None:
    facts = {kind.__name__ for kind in kinds(Fact) if kind.__module__.split(".")[0] != "tests"}

    assert facts - {kind.__name__ for kind in SUBSCRIPTIONS} - {kind.__name__ for kind in SILENT} == set()
