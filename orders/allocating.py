"""Which store serves a parcel: the one with the lowest delivered price, duty and tax included."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Final

from logistics.warehousing.allocation import Spot
from logistics.warehousing.models import CustomsStatus
from marketplace.accounts.models import Company
from marketplace.kit.money import Money
from orders.asked import QuoteRequest
from orders.kept import estimate
from orders.landed_cost import LandedCost, Start

MOST: Final = 6  # stores priced for one parcel: those inside the buyer's territory come first


def cheapest(
    request: QuoteRequest, spots: Sequence[Spot], *, goods: Hashable
) -> tuple[LandedCost, Spot | None]:
    """Price the parcel from the maker and from each store that has it all; give the lowest price.

    A store in bond near the buyer pays duty when the goods leave it, one in free circulation there pays none,
    one elsewhere sends the goods over the border. None answers when nothing lies anywhere: then placing the
    order says what is short. A store without a price is left out, it is never guessed. `goods` names the
    versions of the lines' rows, for the kept prices.
    """
    wanted: dict[str, int] = {}
    for variant, quantity in request.lines:
        wanted[variant.sku] = wanted.get(variant.sku, 0) + quantity
    maker = request.lines[0][0].product.seller
    able = [spot for spot in spots if spot.serves(wanted)]
    at_home = [spot for spot in able if _is_home(spot, maker)]
    first = estimate(request, goods=goods)
    best: tuple[LandedCost, Spot | None] = (first, at_home[0] if at_home else None)
    usable = bool(at_home) and first.possible
    for spot in sorted((s for s in able if s not in at_home), key=lambda s: _nearness(s, request))[:MOST]:
        start = Start(spot.place, spot.name, spot.customs_status)
        cost = estimate(replace(request, start=start, live=()), goods=goods)
        if cost.possible and (not usable or _most(cost) < _most(best[0])):
            best, usable = (cost, spot), True
    return best


def _is_home(spot: Spot, maker: Company) -> bool:
    """The shelf at the maker's own place, whose price is the maker's; without a town it moves along."""
    if spot.customs_status != CustomsStatus.FREE or spot.kind != "origin":
        return False
    if not spot.place.town:
        return spot.owner == maker.pk or (spot.owner is None and spot.place.country == maker.country)
    return (spot.place.country, spot.place.town) == (maker.country, maker.town)


def _nearness(spot: Spot, request: QuoteRequest) -> tuple[bool, str]:
    return spot.place.country != request.ship_to.country, spot.warehouse


def _most(cost: LandedCost) -> Money:
    """What the buyer pays at most: an estimate is compared by its ceiling."""
    return cost.at_most or cost.total
