"""The door for freight: which ways a consignment may go, what each costs and when it arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import ROUND_CEILING, Decimal
from typing import Final

from django.utils.translation import gettext as _

from logistics import goods
from logistics import network as networks
from logistics.goods import GoodsTraits
from logistics.network import Level, Network, PricedLeg
from logistics.promise import Milestone, milestones, window
from logistics.rating.shapes import Priced
from logistics.rating.weight import CM3_PER_M3, Box, WeightRule, chargeable
from logistics.routing import LINE_HAUL
from marketplace.kit.explain import Certainty, Charge, Reason
from marketplace.kit.money import Money
from marketplace.kit.places import Place

__all__ = ["Consignment", "GoodsTraits", "OptionSet", "Piece", "RouteLeg", "RouteOption", "options"]

MEMO: Final = 20_000
ZERO: Final = Decimal(0)
PLAIN: Final = GoodsTraits()
DAY_IS_WORTH: Final = Decimal("0.03")  # our own rule for "best value": a day costs 3 % of the cheapest way
# Grams of CO2 equivalent per tonne-kilometre, well to wheel (order of EN 16258; general knowledge).
CO2_G_PER_TKM: Final = {
    "road": 109,
    "rail": 22,
    "air": 1_050,
    "sea": 16,
    "reefer": 26,
    "parcel": 307,
    "post": 1_050,
}


@dataclass(frozen=True, slots=True)
class Piece:
    """`quantity` equal units of a SKU, each packed; weight and size are of one."""

    sku: str
    quantity: int
    gross_weight_kg: Decimal
    size_cm: tuple[Decimal, Decimal, Decimal]
    traits: GoodsTraits = PLAIN

    @property
    def box(self) -> Box:
        """The piece as the calculator sees it."""
        length, width, height = self.size_cm
        return Box(length, width, height, self.gross_weight_kg, self.quantity)


@dataclass(frozen=True, slots=True)
class Consignment:
    """Goods of one seller on the way to one buyer."""

    origin: Place
    destination: Place
    pieces: tuple[Piece, ...]
    value: Money
    terms: str = "DDP"
    border: bool = True  # False: the goods are in free circulation where they go, so no customs on the way

    @property
    def crosses(self) -> bool:
        """Tell whether customs looks at the goods on the way."""
        return self.border and self.origin.country != self.destination.country


@dataclass(frozen=True, slots=True)
class RouteLeg:
    """One leg as a reader sees it."""

    start: str
    end: str
    mode: str
    distance_km: int
    days_min: int
    days_max: int
    price: Money
    start_code: str = ""
    end_code: str = ""


@dataclass(frozen=True, slots=True)
class RouteOption:
    """One way to the door with its price, explained, and its window."""

    code: str
    label: str
    carrier: str
    mode: str
    legs: tuple[RouteLeg, ...]
    price: Money
    onward_transport: Money
    earliest: date
    latest: date
    certainty: Certainty
    duty_paid_label: bool
    charges: tuple[Charge, ...]
    warnings: tuple[str, ...]
    version: str
    domestic: Money | None = None
    co2_kg: Decimal = ZERO
    billed_kg: Decimal = ZERO
    illustrative: bool = True
    best_for: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OptionSet:
    """What can be had, cheapest first, and why something cannot."""

    options: tuple[RouteOption, ...]
    refusals: tuple[Reason, ...] = ()

    def get(self, code: str) -> RouteOption | None:
        """Return the option of that code."""
        return next((option for option in self.options if option.code == code), None)


@dataclass
class _Load:
    """The consignment's measures, worked out once."""

    boxes: tuple[Box, ...]
    kg: Decimal
    cbm: Decimal
    cold: bool
    billed: dict[WeightRule, Decimal] = field(default_factory=dict)

    def weight(self, rule: WeightRule) -> Decimal:
        if (known := self.billed.get(rule)) is None:
            known = self.billed[rule] = chargeable(self.boxes, rule).weight
        return known


def options(consignment: Consignment, on: date, network: Network | None = None) -> OptionSet:
    """Return every way that this consignment may take on that day, with prices that the house card fixes."""
    net = network or networks.current()
    key = (consignment.origin, consignment.destination, consignment.pieces, on, consignment.border)
    if (known := net.memo.get(key)) is None:
        known = _options(consignment, on, net)
        if len(net.memo) > MEMO:
            net.memo.clear()
        net.memo[key] = known
    result: OptionSet = known
    return result


def _options(consignment: Consignment, on: date, net: Network) -> OptionSet:
    if bad := _bad_measures(consignment.pieces):
        return OptionSet((), bad)
    ways = _ways(consignment, net)
    if not ways:
        lane = {"origin": consignment.origin.country, "destination": consignment.destination.country}
        words = _("We have no way from %(origin)s to %(destination)s yet.") % lane
        return OptionSet((), (Reason("no-route", words, _("Choose another country to deliver to.")),))
    boxes = tuple(piece.box for piece in consignment.pieces)
    load = _Load(
        boxes,
        kg=sum((box.weight * box.quantity for box in boxes), ZERO),
        cbm=sum((box.volume for box in boxes), ZERO) / CM3_PER_M3,
        cold=any(piece.traits.cold for piece in consignment.pieces),
    )
    found: list[RouteOption] = []
    refusals: dict[str, Reason] = {}
    for level in net.levels:
        answer = _best(level, ways, consignment, load, on)
        if isinstance(answer, Reason):
            refusals.setdefault(answer.code, answer)
        elif answer is not None:
            found.append(answer)
    found.sort(key=lambda option: (option.price.amount, option.latest))
    if not found and not refusals:
        refusals["no-service"] = Reason(
            "no-service", _("No service covers this way."), _("Ask us for a quote.")
        )
    return OptionSet(_marked(_without_worse(found)), tuple(refusals.values()))


def _ways(consignment: Consignment, net: Network) -> tuple[tuple[PricedLeg, ...], ...]:
    """Find the ways over the hubs; from a store in a country that makes nothing, its own parcel vans."""
    start = net.node(consignment.origin, leaving=True)
    end = net.node(consignment.destination, leaving=False)
    if end is None:
        return ()
    return (net.ways(start, end) if start else ()) or net.inland(consignment.origin.country, end)


def _marked(found: Sequence[RouteOption]) -> tuple[RouteOption, ...]:
    """Say which way is the cheapest, the fastest and the best value; one way alone needs no word."""
    if len(found) < 2:
        return tuple(found)
    first = min(found, key=lambda o: (o.price.amount, o.latest))
    day = first.price.amount * DAY_IS_WORTH
    start = min(o.latest for o in found)
    winners = {
        "price": first.code,
        "speed": min(found, key=lambda o: (o.latest, o.price.amount)).code,
        "value": min(found, key=lambda o: (o.price.amount + day * (o.latest - start).days, o.latest)).code,
    }
    return tuple(
        replace(o, best_for=tuple(word for word, code in winners.items() if code == o.code)) for o in found
    )


def plan(
    consignment: Consignment, code: str, on: date, network: Network | None = None
) -> tuple[Milestone, ...]:
    """Return the planned days of each milestone of an option; nothing when it cannot be had."""
    net = network or networks.current()
    option = options(consignment, on, net).get(code)
    level = next((one for one in net.levels if one.code == code), None)
    if option is None or level is None:
        return ()
    ends = {(leg.edge.start, leg.edge.end, leg.edge.mode): leg for leg in net.legs.values()}
    way = [ends[leg.start_code, leg.end_code, leg.mode] for leg in option.legs]
    return milestones(level, way, on, origin=consignment.origin.country, crosses=consignment.crosses)


def _bad_measures(pieces: Sequence[Piece]) -> tuple[Reason, ...]:
    bad = []
    if not pieces:
        bad.append(Reason("no-goods", _("There is nothing to send."), _("Add goods first.")))
    for piece in pieces:
        measures = (piece.gross_weight_kg, *piece.size_cm)
        if piece.quantity < 1 or not all(one.is_finite() and one > 0 for one in measures):
            words = _("Weight, size or quantity of %(sku)s is missing or not above zero.") % {
                "sku": piece.sku
            }
            bad.append(
                Reason(
                    "bad-measure", words, _("The seller must enter the packed size and weight."), piece.sku
                )
            )
    return tuple(bad)


def _best(  # noqa: C901  one question after another, read top to bottom
    level: Level, ways: Sequence[tuple[PricedLeg, ...]], consignment: Consignment, load: _Load, on: date
) -> RouteOption | Reason | None:
    """Find the cheapest way that this level may use, or why it takes none."""
    for piece in consignment.pieces:
        if reason := level.limits.refuse(piece.box):
            return _too_big(reason, piece, level)
    lane = (consignment.origin.country, consignment.destination.country)
    refusal: Reason | None = None
    best: tuple[Decimal, tuple[PricedLeg, ...], list[Charge], tuple[str, ...]] | None = None
    for way in ways:
        hauls = {leg.edge.mode for leg in way if leg.edge.mode in LINE_HAUL} or {"road"}
        if not hauls <= level.modes:
            continue
        if full := _full(way, load):
            refusal = refusal or full
            continue
        notes: dict[str, str] = {}
        refused: Reason | None = None
        for piece in consignment.pieces:
            no, asks = goods.judge(
                piece.traits, modes=hauls, level=level.code, carrier=level.carrier_code, lane=lane
            )
            if no is not None:
                refused = Reason(no.code, _(no.words), _(no.way_out), piece.sku, None)
                break
            notes.update({ask.code: ask.words for ask in asks})
        if refused:
            refusal = refusal or refused
            continue
        charges = [charge for leg in way for charge in _charges(leg, level, load)]
        price = sum((charge.amount.amount for charge in charges), ZERO)
        if best is None or price < best[0]:
            best = (price, way, charges, tuple(notes.values()))
    if best is None:
        return refusal
    return _option(
        level=level,
        way=best[1],
        charges=best[2],
        notes=best[3],
        consignment=consignment,
        load=load,
        on=on,
    )


def _full(way: Sequence[PricedLeg], load: _Load) -> Reason | None:
    """Refuse a way with a leg that cannot carry this much at once."""
    for leg in way:
        heavy = leg.capacity_kg is not None and load.kg > leg.capacity_kg
        if heavy or (leg.capacity_cbm is not None and load.cbm > leg.capacity_cbm):
            facts = {"start": leg.start_name, "end": leg.end_name}
            words = _("This is more than one departure from %(start)s to %(end)s can carry.") % facts
            return Reason("leg-full", words, _("Order less at a time, or ask us for a freight quote."))
    return None


def price_of(way: Sequence[PricedLeg], level: Level, boxes: Sequence[Box], *, cold: bool = False) -> Money:
    """Price boxes over given legs for a level: what a hub pays to send them on together."""
    load = _Load(
        tuple(boxes),
        kg=sum((box.weight * box.quantity for box in boxes), ZERO),
        cbm=sum((box.volume for box in boxes), ZERO) / CM3_PER_M3,
        cold=cold,
    )
    amounts = (charge.amount.amount for leg in way for charge in _charges(leg, level, load))
    return Money(sum(amounts, ZERO), way[0].currency)


def _too_big(reason: str, piece: Piece, level: Level) -> Reason:
    facts = {"sku": piece.sku, "service": level.name}
    if reason == "weight":
        words = _("One piece of %(sku)s is too heavy for our parcel network (70 kg at most).") % facts
    else:
        words = _("One piece of %(sku)s is too large for our parcel network.") % facts
    return Reason(
        f"too-large-{reason}", words, _("Pack it smaller, or ask us for a freight quote."), piece.sku
    )


def _charges(leg: PricedLeg, level: Level, load: _Load) -> list[Charge]:
    """Price one leg of a way for a level, one line for each thing charged."""
    kg = load.weight(leg.weight)
    mode = leg.edge.mode
    priced = _by_parcel(leg, kg) if leg.role == "last" else leg.shape.price(kg, load.cbm)
    amount = priced.amount
    if leg.role == "first":
        amount *= level.first_factor * (Decimal(leg.rules.get("cold_factor", "1")) if load.cold else 1)
    elif mode in LINE_HAUL:
        amount *= level.haul_factor
    lines = [_charge(leg, f"{leg.start_name} – {leg.end_name}", amount, priced.rate)]
    if mode == "sea" and (fee := leg.rules.get("handling_per_rt")):
        tons = max(load.cbm, load.kg / 1000, Decimal(1))
        for where in (leg.start_name, leg.end_name):
            label = _("Handling at %(place)s") % {"place": where}
            lines.append(_charge(leg, label, Decimal(fee) * tons, f"{fee} × {tons.normalize()} RT"))
    if mode == "air" and load.cold and "cold_base" in leg.rules:
        extra = Decimal(leg.rules["cold_base"]) + Decimal(leg.rules["cold_per_kg"]) * kg
        rate = f"{leg.rules['cold_base']} + {leg.rules['cold_per_kg']}/kg"
        lines.append(_charge(leg, _("Cold packing"), extra, rate))
    return lines


def _charge(leg: PricedLeg, label: str, amount: Decimal, rate: str) -> Charge:
    money = Money(amount, leg.currency).rounded()
    return Charge("freight", None, label, None, rate, money, Certainty.FIXED, leg.rule, money, leg.edge.mode)


def _by_parcel(leg: PricedLeg, kg: Decimal) -> Priced:
    """Share a heavy load over parcels of at most the van's weight, each priced by the card."""
    most = Decimal(leg.rules.get("parcel_kg", "30"))
    if kg <= most:
        return leg.shape.price(kg, ZERO)
    count = int((kg / most).to_integral_value(ROUND_CEILING)) - 1
    full, rest = leg.shape.price(most, ZERO), leg.shape.price(kg - most * count, ZERO)
    return Priced(full.amount * count + rest.amount, kg, f"{count + 1} × {full.rate}")


def _option(
    *,
    level: Level,
    way: tuple[PricedLeg, ...],
    charges: list[Charge],
    notes: tuple[str, ...],
    consignment: Consignment,
    load: _Load,
    on: date,
) -> RouteOption:
    currency = way[0].currency
    hauls = [i for i, leg in enumerate(way) if leg.edge.mode in LINE_HAUL] or [len(way) - 1]
    haul_at = hauls[-1]
    before = {leg.rule.id for leg in way[: hauls[0]]}
    after = {leg.rule.id for leg in way[haul_at + 1 :]}
    price, onward, domestic = ZERO, ZERO, ZERO
    by_leg = {leg.rule.id: ZERO for leg in way}
    for charge in charges:
        assert charge.rule is not None  # noqa: S101  every freight line carries its rule
        price += charge.amount.amount
        by_leg[charge.rule.id] += charge.amount.amount
        onward += charge.amount.amount if charge.rule.id in after else ZERO
        domestic += charge.amount.amount if charge.rule.id in before else ZERO
    origin = consignment.origin.country
    earliest, latest = window(level, way, on, origin=origin, crosses=consignment.crosses)
    grams = sum((load.kg * leg.edge.distance_km * CO2_G_PER_TKM[leg.edge.mode] / 1000 for leg in way), ZERO)
    return RouteOption(
        code=level.code,
        label=level.name,
        carrier=level.carrier,
        mode=way[haul_at].edge.mode,
        legs=tuple(
            RouteLeg(
                leg.start_name,
                leg.end_name,
                leg.edge.mode,
                leg.edge.distance_km,
                leg.edge.days_min,
                leg.edge.days_max,
                Money(by_leg[leg.rule.id], currency),
                leg.edge.start,
                leg.edge.end,
            )
            for leg in way
        ),
        price=Money(price, currency),
        onward_transport=Money(onward, currency),
        earliest=earliest,
        latest=latest,
        certainty=Certainty.worst(*(charge.certainty for charge in charges)),
        duty_paid_label=not consignment.border
        or consignment.destination.country not in level.no_duty_paid_to,
        charges=tuple(charges),
        warnings=tuple(_(note) for note in notes),
        version=level.version,
        domestic=Money(domestic, currency),
        co2_kg=(grams / 1000).quantize(Decimal("0.01")),
        billed_kg=load.weight(way[haul_at].weight),
    )


def _without_worse(found: list[RouteOption]) -> tuple[RouteOption, ...]:
    """Leave out a way that another beats in price and in days."""
    kept: list[RouteOption] = []
    for option in found:
        if not any(k.price.amount <= option.price.amount and k.latest <= option.latest for k in kept):
            kept.append(option)
    return tuple(kept)
