"""A small invented list for the demo world: no entry is a real person or firm."""

from __future__ import annotations

from typing import Final

from customs.actions.parties import Entry

ENTRIES: Final = (
    Entry(
        entry="DEMO-1",
        kind="firm",
        name="Distribuidora Australis S.A.",
        countries=("PA",),
        identifiers=("155-20-8842",),
    ),
    Entry(
        entry="DEMO-2",
        kind="person",
        name="Viktor Maldonis",
        aliases=("Victor Maldonnis",),
        countries=("PA",),
        born="1961",
    ),
    Entry(entry="DEMO-3", kind="firm", name="Nordlicht Umschlag GmbH", countries=("DE",)),
    Entry(
        entry="DEMO-4",
        kind="person",
        name="Rasheed Al Tamwari",
        aliases=("Rashid Tamwari",),
        countries=("AE",),
        born="1974",
    ),
    Entry(entry="DEMO-5", kind="firm", name="Golden Harrier Trading LLC", countries=("AE",)),
    Entry(entry="DEMO-6", kind="ship", name="MV Palomeria Star"),
)
