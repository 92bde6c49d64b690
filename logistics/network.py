"""The network as one frozen picture in memory: read from the tables once, then no statement at all."""

from __future__ import annotations

import json
import logging
import re
import secrets
import threading
import time
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.core.cache import cache
from django.db import connection, transaction
from django.utils.translation import gettext as _
from redis.exceptions import RedisError

from logistics.models import Hub, Leg, LegCalendar, ServiceVersion
from logistics.rating.extras import Limits, in_ranges
from logistics.rating.shapes import Shape, read_shape
from logistics.rating.weight import WeightRule
from logistics.routing import Edge, Graph
from logistics.starter import rows
from logistics.workdays import WEEK
from marketplace.kit.explain import RuleRef
from marketplace.kit.places import Place

FRESH_FOR_SECONDS: Final = 120.0
NOON_HOUR: Final = 12  # goods that arrive on a departure day make it when its cut-off is not before noon
LOOK_AGAIN_AFTER: Final = 1.0  # seconds between two looks at the shared mark
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PricedLeg:
    """A leg with everything that prices it."""

    edge: Edge
    role: str
    shape: Shape
    weight: WeightRule
    rules: Mapping[str, Any]
    currency: str
    rule: RuleRef
    start_name: str
    end_name: str
    start_country: str
    end_country: str
    departs: tuple[int, ...] = ()
    early_cut_off: bool = False
    capacity_kg: Decimal | None = None
    capacity_cbm: Decimal | None = None
    closed: frozenset[date] = frozenset()


@dataclass(frozen=True, slots=True)
class Level:
    """A promise that the house carrier sells: economy, standard, express, frozen container."""

    code: str
    name: str
    carrier: str
    modes: frozenset[str]
    haul_factor: Decimal
    first_factor: Decimal
    wait: tuple[int, int]
    day_factor: Decimal
    handling: tuple[int, int]
    customs: tuple[int, int]
    limits: Limits
    version: str
    version_id: int
    no_duty_paid_to: frozenset[str] = frozenset({"AR"})
    carrier_code: str = ""


@dataclass
class Network:
    """Hubs, legs and service levels in force, with the ways of each lane found once."""

    legs: Mapping[int, PricedLeg]
    levels: tuple[Level, ...]
    hubs: Mapping[str, str]
    countries: Mapping[str, str]
    stamp: str
    versions: tuple[int, ...] = ()
    marked: bool = False
    graph: Graph = field(init=False)
    towns: Mapping[str, tuple[tuple[str, tuple[tuple[str, str], ...]], ...]] = field(init=False)
    memo: dict[Any, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.graph = Graph(leg.edge for leg in self.legs.values())
        self.starts = {leg.edge.start for leg in self.legs.values() if leg.role == "first"}
        self.ends = {leg.edge.end for leg in self.legs.values() if leg.role == "last"}
        self.towns = _towns()

    def node(self, place: Place, *, leaving: bool) -> str | None:
        """Find the town of an address in the network, by name, else by postcode, else "elsewhere"."""
        known = self.starts if leaving else self.ends
        name = plain(place.town)
        if name:
            for node in known:
                country, _colon, town = node.partition(":")
                if country == place.country and town != "*" and name.startswith(plain(town)):
                    return node
        for town, ranges in self.towns.get(place.country, ()):
            node = f"{place.country}:{town}"
            if node in known and (ranges == (("*", "*"),) or in_ranges(place.postal_code, ranges)):
                return node
        rest = f"{place.country}:*"
        return rest if rest in known else None

    def ways(self, start: str, end: str) -> tuple[tuple[PricedLeg, ...], ...]:
        """All ways of a lane, found once."""
        key = ("ways", start, end)
        if (found := self.memo.get(key)) is None:
            paths = self.graph.ways(start, end) or self.graph.ways(start, end, line_hauls=2, longest=6)
            found = self.memo[key] = tuple(tuple(self.legs[e.id] for e in path) for path in paths)
        ways: tuple[tuple[PricedLeg, ...], ...] = found
        return ways

    def inland(self, country: str, end: str) -> tuple[tuple[PricedLeg, ...], ...]:
        """The last miles of a country to a town, for goods that lie in the country already."""
        key = ("inland", country, end)
        if (found := self.memo.get(key)) is None:
            last = [leg for leg in self.legs.values() if leg.role == "last" and leg.edge.end == end]
            found = self.memo[key] = tuple((leg,) for leg in last if leg.start_country == country)
        ways: tuple[tuple[PricedLeg, ...], ...] = found
        return ways


@dataclass(slots=True)
class _Held:
    """The picture of one database, the shared mark it was read under, when it was read and looked at."""

    picture: Network
    mark: str
    read_at: float
    looked_at: float


_lock: Final = threading.Lock()
_current: dict[str, _Held] = {}


def current() -> Network:
    """Return the picture in force: read again after `forget()` in any process, and every two minutes."""
    name, now = str(connection.settings_dict["NAME"]), time.monotonic()
    held = _current.get(name)
    if held and now - held.looked_at < LOOK_AGAIN_AFTER:
        return held.picture
    with _lock:
        held = _current.get(name)
        mark = _shared_mark(held.mark if held else "")
        if held and held.mark == mark and now - held.read_at < FRESH_FOR_SECONDS:
            held.looked_at = now
            return held.picture
        fresh = read(date.today())  # noqa: DTZ011  the calendar day of the server is enough for a price list
        if held and held.picture.stamp == fresh.stamp:
            fresh = held.picture
        if fresh.legs:
            _current[name] = _Held(fresh, mark, now, now)
        return fresh


def mark_used(at: datetime) -> None:
    """Freeze every rate card of the picture in force: a quote was made with it, so it never changes again."""
    net = current()
    if net.marked:
        return
    ServiceVersion.objects.filter(pk__in=net.versions, used_at=None).order_by("pk").update(used_at=at)
    transaction.on_commit(lambda: setattr(net, "marked", True))


def forget() -> None:
    """Drop the picture here and within a second everywhere: the next reader sees the tables as they are."""
    _current.clear()
    try:
        cache.set(_key(), secrets.token_hex(8), None)
    except (OSError, RedisError):
        log.warning("The cache cannot be reached; other processes see the new network in two minutes.")


def mark() -> str:
    """Name the state of the tables for what other caches keep of them; another one after every change."""
    return f"{_key()}:{_shared_mark('')}"


def _key() -> str:
    return f"network-mark:{connection.settings_dict['NAME']}"


def _shared_mark(known: str) -> str:
    """Read the mark that every change of the network renews; without the cache nothing seems changed."""
    try:
        return str(cache.get(_key()) or "")
    except (OSError, RedisError):
        return known


def read(on: date) -> Network:
    """Read the active versions of a day with their legs and calendars: five statements."""
    versions = {
        v.pk: v
        for v in ServiceVersion.objects.filter(
            state=ServiceVersion.State.ACTIVE, valid_from__lte=on
        ).select_related("service__carrier")
        if v.valid_until is None or v.valid_until >= on
    }
    hubs = {hub.code: hub for hub in Hub.objects.all()}
    read_legs = list(Leg.objects.filter(version__in=versions.keys()))
    dated = LegCalendar.objects.filter(valid_from__lte=on).order_by("valid_from")
    calendars = {(row.service_id, row.start, row.end, row.mode): row for row in dated}
    legs = {
        leg.pk: _dated(
            _priced(leg, versions[leg.version_id], hubs),
            calendars.get((versions[leg.version_id].service_id, leg.start, leg.end, leg.mode)),
        )
        for leg in read_legs
    }
    levels = [_level(v) for v in versions.values() if "level" in v.rules]
    order = ["economy", "standard", "express"]
    levels.sort(key=lambda level: (order.index(level.code) if level.code in order else 9, level.code))
    stamp = json.dumps([(pk, v.rules, str(v.valid_until)) for pk, v in sorted(versions.items())]) + "".join(
        f"{leg.edge}{leg.shape}{leg.departs}{leg.early_cut_off}{leg.capacity_kg}{leg.capacity_cbm}"
        f"{sorted(leg.closed)}"
        for leg in legs.values()
    )
    return Network(
        legs,
        tuple(levels),
        {code: hub.name for code, hub in hubs.items()},
        {code: hub.country for code, hub in hubs.items()},
        str(hash(stamp)),
        tuple(sorted({leg.version_id for leg in read_legs} | {level.version_id for level in levels})),
    )


def plain(text: str) -> str:
    """Letters only, without accents, for comparing town names."""
    bare = unicodedata.normalize("NFKD", text.replace("ı", "i").replace("Đ", "D").replace("đ", "d"))
    return re.sub(r"[^a-z]", "", bare.encode("ascii", "ignore").decode().lower())


def _priced(leg: Leg, version: ServiceVersion, hubs: Mapping[str, Hub]) -> PricedLeg:
    service = version.service.code

    def named(node: str) -> tuple[str, str]:
        if node in hubs:
            return hubs[node].name, hubs[node].country
        country, _colon, town = node.partition(":")
        return (_("elsewhere in %(country)s") % {"country": country} if town == "*" else town), country

    (start, start_country), (end, end_country) = named(leg.start), named(leg.end)
    return PricedLeg(
        edge=Edge(leg.pk, leg.start, leg.end, leg.mode, leg.days_min, leg.days_max, leg.distance_km),
        role=service.removeprefix("SP-").lower(),
        shape=read_shape(leg.price),
        weight=WeightRule.read({**version.rules, "basis": "per_shipment"}),
        rules=version.rules,
        currency=version.currency,
        rule=RuleRef(
            id=f"{service}/{version.number}:{leg.start}>{leg.end}",
            source=version.source,
            valid_from=version.valid_from,
            valid_to=version.valid_until,
        ),
        start_name=start,
        end_name=end,
        start_country=start_country,
        end_country=end_country,
        departs=weekdays(leg.departs_on),
        early_cut_off=leg.cut_off is not None and leg.cut_off.hour < NOON_HOUR,
        capacity_kg=leg.capacity_kg,
        capacity_cbm=leg.capacity_cbm,
    )


def _dated(leg: PricedLeg, calendar: LegCalendar | None) -> PricedLeg:
    """Put the calendar of the day over what the rate card says of departures and room."""
    if calendar is None:
        return leg
    return replace(
        leg,
        departs=weekdays(calendar.departs_on),
        early_cut_off=calendar.cut_off is not None and calendar.cut_off.hour < NOON_HOUR,
        capacity_kg=calendar.capacity_kg,
        capacity_cbm=calendar.capacity_cbm,
        closed=frozenset(date.fromisoformat(day) for day in calendar.closed_on),
    )


def weekdays(text: str) -> tuple[int, ...]:
    """Read days such as "Tue,Fri" into numbers, Monday is 0; nothing means any day."""
    return tuple(sorted({WEEK.index(day.strip()[:3].title()) for day in text.split(",") if day.strip()}))


def _level(version: ServiceVersion) -> Level:
    rules = version.rules
    return Level(
        code=rules["level"],
        name=version.service.name,
        carrier=version.service.carrier.name,
        carrier_code=version.service.carrier.code,
        modes=frozenset(rules["modes"]),
        haul_factor=Decimal(rules["haul_factor"]),
        first_factor=Decimal(rules["first_factor"]),
        wait=(rules["wait"][0], rules["wait"][1]),
        day_factor=Decimal(rules["day_factor"]),
        handling=(rules["handling"][0], rules["handling"][1]),
        customs=(rules["customs"][0], rules["customs"][1]),
        limits=Limits.read(rules.get("limits", {})),
        version=f"{version.service.code}/{version.number}",
        version_id=version.pk,
    )


def _towns() -> dict[str, tuple[tuple[str, tuple[tuple[str, str], ...]], ...]]:
    found: dict[str, list[tuple[str, tuple[tuple[str, str], ...]]]] = {}
    for row in rows("towns.csv"):
        found.setdefault(row["country"], []).append((row["town"], tuple(_ranges(row["postcodes"].split()))))
    return {country: tuple(towns) for country, towns in found.items()}


def _ranges(parts: Iterable[str]) -> Iterable[tuple[str, str]]:
    for part in parts:
        low, _dash, high = part.partition("-")
        yield low, high or low
