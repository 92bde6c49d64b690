"""Shared containers at the hubs, so that the fill board is no empty page: open, with what waits inside."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from logistics import containers, merging
from logistics.models import Container, Hub, Shipment
from logistics.options import options
from marketplace.events.bus import told_to_nobody
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal

LANES: Final = 3
ROOM: Final = Decimal("2.4")  # a box is about 40 % full with what waits
LEAST_KG, LEAST_CBM = Decimal(300), Decimal(2)
PER_CBM: Final = Decimal(62)  # illustrative, as every rate of the demo world


def play(*, at: datetime, say: Callable[[str], None]) -> None:
    """Open a container for each of the busiest lanes; a second run adds nothing."""
    if Container.objects.exists():
        return
    lanes: dict[tuple[str, ...], list[Shipment]] = {}
    for one in merging.waiting():
        key = (str(one.sender.get("country", "")), *containers.features(one).values())
        lanes.setdefault(key, []).append(one)
    busiest = sorted(lanes.items(), key=lambda lane: (-len(lane[1]), lane[0]))[:LANES]
    with told_to_nobody():
        made = [box for key, waiting in busiest if (box := _box(key[0], waiting, at))]
    if made:
        say(f"{len(made)} shared containers take goods until their cut-off.")


def _box(country: str, waiting: list[Shipment], at: datetime) -> Container | None:
    hubs = Hub.objects.filter(country=country).order_by("code")
    hub = hubs.filter(kind__icontains="port").exclude(kind__icontains="air").first() or hubs.first()
    if hub is None:
        return None
    sizes = [containers.measures(one, "sea") for one in waiting]
    kg = max(LEAST_KG, sum((size.kg for size in sizes), Decimal(0)) * ROOM).quantize(Decimal(1))
    cbm = max(LEAST_CBM, sum((size.cbm for size in sizes), Decimal(0)) * ROOM).quantize(Decimal("0.1"))
    box = containers.open_container(
        hub=hub,
        to=None,
        mode="sea",
        cut_off_at=at + timedelta(days=3),
        departs_on=(at + timedelta(days=5)).date(),
        capacity_kg=kg,
        capacity_cbm=cbm,
        price=Money(cbm * PER_CBM, "USD").rounded(),
    )
    for one in waiting:
        option = options(merging.consignment(one), at.date()).get(one.option_code)
        try:
            containers.put_in(
                container=box.number, shipment=one.number, alone=option.price if option else None, at=at
            )
        except Refusal:
            continue  # it may not share, or there is no room: it waits on, as in life
    return box
