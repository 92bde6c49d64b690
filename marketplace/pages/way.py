"""How the goods get to the buyer: the legs of the price on a map, and the same way in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from logistics.maps import RouteMap, legs_between, route_map
from orders.landed_cost import LandedCost

BY: Final = {
    "air": gettext_lazy("By plane"),
    "express": gettext_lazy("By plane"),
    "sea": gettext_lazy("By ship"),
    "reefer": gettext_lazy("By ship, kept cold"),
    "rail": gettext_lazy("By train"),
    "road": gettext_lazy("By road"),
}
FAR: Final = frozenset({"air", "express", "sea", "reefer", "rail"})


@dataclass(frozen=True, slots=True)
class Stage:
    """One line of the way: where, and what happens there."""

    title: str
    words: str
    customs: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """What the section shows."""

    map: RouteMap | None
    stages: tuple[Stage, ...]


def way_of(cost: LandedCost | None) -> Way | None:
    """Tell the way behind a price; nothing where goods cannot go or the legs are not known."""
    if cost is None or not cost.possible or cost.delivery is None:
        return None
    legs = legs_between(cost.delivery.legs)
    if not legs:
        return None
    far = [n for n, leg in enumerate(legs) if leg[2] in FAR]
    abroad = far[-1] if far else max(0, len(legs) - 2)  # customs stands where the long leg ends
    store = cost.delivery.start
    stages = [
        Stage(store.words, _("The carrier picks it up at the store"))
        if store is not None
        else Stage(legs[0][0], _("The carrier picks it up at the maker's"))
    ]
    inside = cost.regime.endswith("-DOMESTIC")  # customs saw the goods when they came in
    for number, (_start, end, mode) in enumerate(legs):
        at_door = number == len(legs) - 1 and (inside or number != abroad)
        words = _("The carrier brings it to your door") if at_door else str(BY.get(mode, ""))
        stages.append(Stage(end, words))
        if number == abroad and not inside:
            paid = _("We wrote the papers, and duty and tax are in your price")
            later = _("You pay duty and tax to the carrier")
            stages.append(Stage(_("Customs"), paid if cost.terms == "DDP" else later, customs=True))
    return Way(route_map(cost.delivery.legs), tuple(stages))
