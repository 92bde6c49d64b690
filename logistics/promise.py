"""When a consignment is where: handling, departures, legs and customs, as earliest and latest days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_CEILING

from logistics import workdays
from logistics.network import Level, PricedLeg
from logistics.routing import LINE_HAUL

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Milestone:
    """One step of the way with its first and last planned day."""

    code: str
    first: date
    last: date


def next_departure(leg: PricedLeg, day: date) -> date:
    """Return the first departure for goods that arrive on this day; any open day if there is no calendar."""
    if leg.departs and leg.early_cut_off:
        day += DAY
    while (leg.departs and day.weekday() not in leg.departs) or day in leg.closed:
        day += DAY
    return day


def window(
    level: Level, way: Sequence[PricedLeg], on: date, *, origin: str, crosses: bool
) -> tuple[date, date]:
    """Return the first and the last day at the door."""
    first = _days(level, way, on, origin=origin, crosses=crosses, at=0)[-1][1]
    last = _days(level, way, on, origin=origin, crosses=crosses, at=1)[-1][1]
    return first, max(first, last)


def milestones(
    level: Level, way: Sequence[PricedLeg], on: date, *, origin: str, crosses: bool
) -> tuple[Milestone, ...]:
    """Return each step with its days: handed over, departed, arrived, cleared, delivered."""
    early = _days(level, way, on, origin=origin, crosses=crosses, at=0)
    late = _days(level, way, on, origin=origin, crosses=crosses, at=1)
    return tuple(Milestone(code, a, max(a, b)) for (code, a), (_code, b) in zip(early, late, strict=True))


def _days(
    level: Level, way: Sequence[PricedLeg], on: date, *, origin: str, crosses: bool, at: int
) -> list[tuple[str, date]]:
    """Walk the way: working days on land, calendar days at sea and in the air; `at` 0 is early, 1 late."""
    day = workdays.add_working_days(origin, on, level.handling[at])
    steps = [("picked_up", day)]
    for leg in way:
        days = leg.edge.days_max if at else leg.edge.days_min
        day = next_departure(leg, day)
        if leg.edge.mode in LINE_HAUL:
            steps.append(("in_transit", day))
            travel = int((days * level.day_factor).to_integral_value(ROUND_CEILING))
            day += timedelta(days=travel + (0 if leg.departs else level.wait[at]))
            if crosses:
                steps.append(("import_customs", day))
                day = workdays.add_working_days(leg.end_country, day, level.customs[at])
                steps.append(("customs_cleared", day))
        else:
            day = workdays.add_working_days(leg.end_country, day, days)
    return [*steps, ("delivered", day)]
