"""A seller's freight: the share of the way to the port, and what a batch day, a hub or a container saves.

Every figure is priced by the same engine that prices a cart: the legs and cards in force on the day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from logistics import network as networks
from logistics.network import Level, Network, PricedLeg
from logistics.options import Consignment, Piece, RouteOption, options, price_of
from logistics.rating.weight import Box
from marketplace.kit.money import Money

ZERO: Final = Decimal(0)
SLOW: Final = frozenset({"sea", "reefer"})
CONTAINER_WEEKS: Final = 4  # so long a maker may let goods wait for a shared container


@dataclass(frozen=True, slots=True)
class Sent:
    """One consignment on its day, with the promise it was sold with."""

    on: date
    goods: Consignment
    code: str


@dataclass(frozen=True, slots=True)
class LaneCost:
    """What a lane cost, the part of it before export, and its carbon."""

    start: str
    hub: str
    country: str
    count: int
    total: Money
    domestic: Money
    co2_kg: Decimal

    @property
    def share(self) -> int:
        """The domestic part in whole percent."""
        return percent(self.domestic, self.total)


@dataclass(frozen=True, slots=True)
class Saving:
    """One idea: what the goods pay now and would pay, for the part it touches."""

    code: str
    title: str
    words: str
    now: Money
    then: Money
    co2_kg: Decimal | None = None
    slower_days: int = 0

    @property
    def saved(self) -> Money:
        """What is saved; below zero it costs more."""
        return self.now - self.then

    @property
    def share(self) -> int:
        """The saving in whole percent of what is paid now."""
        return percent(self.saved, self.now)


@dataclass(frozen=True, slots=True)
class Picture:
    """The lanes with their costs, dearest first, and the ideas, best first."""

    lanes: tuple[LaneCost, ...]
    savings: tuple[Saving, ...]
    left_out: int = 0


def percent(part: Money, whole: Money) -> int:
    """A part in whole percent, rounded half up."""
    return int((part.amount * 100 / whole.amount).quantize(Decimal(1), ROUND_HALF_UP)) if whole.amount else 0


@dataclass(frozen=True, slots=True)
class _Priced:
    sent: Sent
    option: RouteOption
    way: tuple[PricedLeg, ...]
    level: Level


def picture(sent: Iterable[Sent], on: date, *, network: Network | None = None) -> Picture:
    """Price what was sent by the cards of a day and look for cheaper ways; what has no way is left out."""
    net = network or networks.current()
    ends = {(leg.edge.start, leg.edge.end, leg.edge.mode): leg for leg in net.legs.values()}
    levels = {level.code: level for level in net.levels}
    priced: list[_Priced] = []
    left_out = 0
    for one in sent:
        option = options(one.goods, on, net).get(one.code) if one.code in levels else None
        if option is None:
            left_out += 1
            continue
        way = tuple(ends[leg.start_code, leg.end_code, leg.mode] for leg in option.legs)
        priced.append(_Priced(one, option, way, levels[one.code]))
    if not priced:
        return Picture((), (), left_out)
    found = [batch_day(priced), other_hub(priced, net), shared_container(priced, on, net)]
    savings = [saving for saving in found if saving is not None]
    savings.sort(key=lambda saving: -saving.saved.amount)
    return Picture(_lanes(priced), tuple(savings), left_out)


def _lanes(priced: Sequence[_Priced]) -> tuple[LaneCost, ...]:
    groups: dict[tuple[str, str, str, str], list[_Priced]] = defaultdict(list)
    for one in priced:
        first = one.way[0]
        country = one.sent.goods.destination.country
        groups[first.start_name, first.end_name, country, one.option.price.currency].append(one)
    lanes = [
        LaneCost(
            start, hub, country, len(rows),
            Money(sum((r.option.price.amount for r in rows), ZERO), currency),
            Money(sum((r.option.domestic.amount for r in rows if r.option.domestic), ZERO), currency),
            sum((r.option.co2_kg for r in rows), ZERO),
        )
        for (start, hub, country, currency), rows in groups.items()
    ]  # fmt: skip
    return tuple(sorted(lanes, key=lambda lane: -lane.total.amount))


def _first_mile(one: _Priced) -> tuple[PricedLeg, ...]:
    return one.way[:1] if one.way[0].role == "first" else ()


def batch_day(priced: Sequence[_Priced]) -> Saving | None:
    """Send a week's goods to the hub on one day: the first mile is priced once for their weight together."""
    weeks: dict[tuple[int, int, str, str, str], list[_Priced]] = defaultdict(list)
    days: dict[int, int] = defaultdict(int)
    for one in priced:
        if _first_mile(one):
            year, week, day = one.sent.on.isocalendar()
            edge = one.way[0].edge
            weeks[year, week, edge.start, edge.end, one.level.code].append(one)
            days[day - 1] += 1
    now = then = ZERO
    currency = priced[0].option.price.currency
    for rows in weeks.values():
        leg = _first_mile(rows[0])
        apart = sum((price_of(leg, r.level, _boxes([r])).amount for r in rows), ZERO)
        together = price_of(leg, rows[0].level, _boxes(rows)).amount
        now, then = now + apart, then + min(apart, together)
    if not weeks or then >= now:
        return None
    departs = next((one.way[0].departs for one in priced if one.way[0].departs), ())
    day = departs[0] if departs else max(sorted(days), key=lambda d: days[d])
    title = _("Send once a week, on %(day)s") % {"day": WEEKDAYS[day]}
    words = _("Goods of one week go to %(hub)s together: fewer small loads at the smallest charge.")
    return Saving(
        "batch", title, words % {"hub": priced[0].way[0].end_name}, Money(now, currency).rounded(),
        Money(then, currency).rounded(), slower_days=6,
    )  # fmt: skip


def other_hub(priced: Sequence[_Priced], net: Network) -> Saving | None:
    """Send everything through the one hub where all of it together costs least, and compare with today."""
    totals: dict[str, Decimal] = defaultdict(Decimal)
    seen: dict[str, int] = defaultdict(int)
    names: dict[str, str] = {}
    for one in priced:
        start = net.node(one.sent.goods.origin, leaving=True)
        end = net.node(one.sent.goods.destination, leaving=False)
        least: dict[str, Decimal] = {}
        for way in net.ways(start, end) if start and end else ():
            modes = {leg.edge.mode for leg in way if leg.edge.mode in {"air", *SLOW, "post"}} or {"road"}
            if not modes <= one.level.modes or len(way) < 2:
                continue
            hub = way[0].edge.end
            names[hub] = way[0].end_name
            price = price_of(way, one.level, _boxes([one])).amount
            least[hub] = min(price, least.get(hub, price))
        for hub, price in least.items():
            totals[hub] += price
            seen[hub] += 1
    everywhere = {hub: total for hub, total in totals.items() if seen[hub] == len(priced)}
    if len(everywhere) < 2:
        return None
    currency = priced[0].option.price.currency
    now = Money(sum((one.option.price.amount for one in priced), ZERO), currency)
    ranked = sorted(everywhere, key=lambda hub: everywhere[hub])
    best = ranked[0]
    title = _("Use %(hub)s for everything") % {"hub": names[best]}
    words = _("The next best is %(other)s at %(price)s.")
    other = Money(everywhere[ranked[1]], currency).rounded()
    facts = {"other": names[ranked[1]], "price": f"{other.amount:.2f} {currency}"}
    return Saving("hub", title, words % facts, now.rounded(), Money(everywhere[best], currency).rounded())


def shared_container(priced: Sequence[_Priced], on: date, net: Network) -> Saving | None:
    """Let four weeks' goods of a lane wait and go by sea as one; the days it takes longer are told."""
    groups: dict[tuple[int, str], list[_Priced]] = defaultdict(list)
    first = min(one.sent.on for one in priced)
    for one in priced:
        if one.option.mode not in SLOW:
            span = (one.sent.on - first).days // (7 * CONTAINER_WEEKS)
            groups[span, one.sent.goods.destination.country].append(one)
    now = then = now_co2 = then_co2 = ZERO
    slower = 0
    for rows in groups.values():
        goods = rows[0].sent.goods
        pieces = tuple(piece for row in rows for piece in row.sent.goods.pieces)
        pooled = Consignment(goods.origin, goods.destination, pieces, goods.value, goods.terms)
        ways = [way for way in options(pooled, on, net).options if way.mode in SLOW]
        apart = sum((row.option.price.amount for row in rows), ZERO)
        if not ways or ways[0].price.amount >= apart:
            continue
        now, then = now + apart, then + ways[0].price.amount
        now_co2 += sum((row.option.co2_kg for row in rows), ZERO)
        then_co2 += ways[0].co2_kg
        slower = max(slower, (ways[0].latest - min(row.option.latest for row in rows)).days)
    if not now:
        return None
    currency = priced[0].option.price.currency
    return Saving(
        "container", _("Share a container once in four weeks"),
        _("The goods wait for the container and go by sea as one."), Money(now, currency).rounded(),
        Money(then, currency).rounded(), co2_kg=now_co2 - then_co2, slower_days=max(0, slower),
    )  # fmt: skip


def _boxes(rows: Sequence[_Priced]) -> list[Box]:
    return [piece.box for row in rows for piece in row.sent.goods.pieces]


def trial(goods: Consignment, piece: Piece, *, code: str, weekly: int, on: date) -> list[Sent]:
    """Four weeks of equal parcels, spread over the working days, for a maker who has sent nothing yet."""
    one = Consignment(goods.origin, goods.destination, (piece,), goods.value, goods.terms)
    return [
        Sent(date.fromordinal(on.toordinal() - on.weekday() - 7 * week + number % 5), one, code)
        for week in range(1, CONTAINER_WEEKS + 1)
        for number in range(weekly)
    ]
