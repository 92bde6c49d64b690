"""Parcels of several sellers for one buyer: at which hub they could become one, and what each would pay."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from logistics import network as networks
from logistics.consolidation import Merged, Part, merge
from logistics.containers import WAITS, features
from logistics.models import Shipment
from logistics.network import Level, Network, PricedLeg
from logistics.options import Consignment, Piece, options, price_of
from marketplace.kit.money import Money
from marketplace.kit.places import Place


@dataclass(frozen=True, slots=True)
class Offer:
    """One buyer's parcels and the best hub to merge them at; `verdict` says why not, or who pays what."""

    shipments: tuple[Shipment, ...]
    hub: str
    hub_name: str
    together: Money
    alone: tuple[Money, ...]
    verdict: Merged


def place_of(address: Mapping[str, object]) -> Place:
    """Read a shipment's frozen address."""
    words = {name: str(address.get(name, "")) for name in ("country", "region", "postal_code", "town")}
    return Place(**words)


def consignment(shipment: Shipment) -> Consignment:
    """Describe a packed shipment as the engine asks for it; every parcel is one piece."""
    pieces = tuple(
        Piece(p.number, 1, p.gross_weight_kg, (p.length_cm, p.width_cm, p.height_cm))
        for p in shipment.parcels.all()
    )
    sender, recipient = place_of(shipment.sender), place_of(shipment.recipient)
    return Consignment(sender, recipient, pieces, Money(Decimal(0), "USD"), shipment.terms)


def waiting() -> list[Shipment]:
    """Shipments that are not on the way, not held and in no other box."""
    rows = Shipment.objects.filter(state__in=WAITS, held=False, shared=None)
    return list(rows.select_related("seller").prefetch_related("parcels").order_by("pk")[:500])


def offers(
    shipments: Iterable[Shipment],
    on: date,
    *,
    values: Mapping[str, Money] | None = None,
    thresholds: Mapping[str, Money] | None = None,
) -> list[Offer]:
    """Find what could be merged; `values` are by order number, `thresholds` by country, in one currency."""
    groups: dict[tuple[str, ...], list[Shipment]] = {}
    for one in shipments:
        to = one.recipient
        lines = to.get("lines") or [""]
        key = (
            to.get("name", ""),
            to.get("country", ""),
            to.get("postal_code", ""),
            str(lines[0]),
            one.option_code,
        )
        groups.setdefault(tuple(str(part).casefold() for part in key), []).append(one)
    net = networks.current()
    found = [
        _offer(group, on, net, values or {}, thresholds or {})
        for group in groups.values()
        if len({one.seller_id for one in group}) > 1
    ]
    return [offer for offer in found if offer is not None]


def _offer(
    group: Sequence[Shipment],
    on: date,
    net: Network,
    values: Mapping[str, Money],
    thresholds: Mapping[str, Money],
) -> Offer | None:
    level = next((one for one in net.levels if one.code == group[0].option_code), None)
    asked = [consignment(one) for one in group]
    alone = [options(one, on, net).get(group[0].option_code) for one in asked]
    prices = [option.price for option in alone if option is not None]
    if level is None or len(prices) < len(group):
        return None
    best = cheapest_together(asked, level, net)
    if best is None:
        return None
    together, hub = best
    country = str(group[0].recipient.get("country", ""))
    limit = thresholds.get(country)
    unknown = Money(Decimal(0), limit.currency if limit else "USD")
    traits = [features(one) for one in group]
    parts = [
        Part(
            reference=one.number, destination=trait["destination"], terms=trait["terms"],
            dangerous=trait["dangerous"] == "True", bonded=trait["bonded"] == "True",
            cold=trait["temperature"], value=values.get(one.order_number, unknown),
            chargeable_kg=sum((p.gross_weight_kg for p in one.parcels.all()), Decimal(0)), alone=price,
        )
        for one, trait, price in zip(group, traits, prices, strict=True)
    ]  # fmt: skip
    if limit is not None and any(one.order_number not in values for one in group):
        verdict = Merged("value_unknown")
    else:
        verdict = merge(parts, together, threshold=limit)
    return Offer(tuple(group), hub, net.hubs.get(hub, hub), together, tuple(prices), verdict)


def cheapest_together(asked: Sequence[Consignment], level: Level, net: Network) -> tuple[Money, str] | None:
    """Bring every seller's goods to one hub and send them on as one: the least of all hubs."""
    ways: list[dict[tuple[int, ...], tuple[PricedLeg, ...]]] = []
    for one in asked:
        start, end = net.node(one.origin, leaving=True), net.node(one.destination, leaving=False)
        if start is None or end is None:
            return None
        allowed = [way for way in net.ways(start, end) if _modes(way) <= level.modes and len(way) > 1]
        ways.append({tuple(leg.edge.id for leg in way[1:]): way for way in allowed})
    shared = set(ways[0]).intersection(*ways[1:])
    best: tuple[Money, str] | None = None
    for rest in sorted(shared):
        boxes = [piece.box for one in asked for piece in one.pieces]
        onward = price_of(ways[0][rest][1:], level, boxes)
        total = onward
        for one, known in zip(asked, ways, strict=True):
            total = total + price_of(known[rest][:1], level, [piece.box for piece in one.pieces])
        if best is None or total < best[0]:
            best = (total, ways[0][rest][0].edge.end)
    return best


def _modes(way: Sequence[PricedLeg]) -> set[str]:
    return {leg.edge.mode for leg in way if leg.edge.mode in {"air", "sea", "reefer", "post"}} or {"road"}
