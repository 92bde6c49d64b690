"""Which warehouse serves a parcel: the one with the lowest delivered price, duty and tax included."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import replace

from logistics.warehousing.allocation import Spot
from logistics.warehousing.models import CustomsStatus
from orders.kept import estimate
from orders.landed_cost import LandedCost
from orders.quoting import QuoteRequest


def cheapest(
    request: QuoteRequest, spots: Sequence[Spot], *, goods: Hashable
) -> tuple[LandedCost, Spot | None]:
    """Price the parcel from the maker and from each bonded place that has it all; give the lower price.

    None stands for the maker's own shelf, which also answers when nothing lies anywhere: then placing the
    order says what is short. A place without a price is left out, it is never guessed. `goods` names the
    versions of the lines' rows, for the kept prices.
    """
    wanted: dict[str, int] = {}
    for variant, quantity in request.lines:
        wanted[variant.sku] = wanted.get(variant.sku, 0) + quantity
    near = [s for s in spots if s.customs_status == CustomsStatus.BONDED and s.serves(wanted)]
    at_home = any(s.customs_status == CustomsStatus.FREE and s.serves(wanted) for s in spots)
    home = estimate(request, goods=goods)
    if not near:
        return home, None
    best: tuple[LandedCost, Spot | None] = (home, None)
    usable = at_home and home.possible
    for spot in near:
        cost = estimate(replace(request, start=spot.place), goods=goods)
        if cost.possible and (not usable or cost.total.amount < best[0].total.amount):
            best, usable = (cost, spot), True
    return best
