"""Working days of a country and the delivery window that follows from them; holidays come as given sets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

import holidays

DAY: Final = timedelta(days=1)
WEEK: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
IsWorking = Callable[[date], bool]


@lru_cache(maxsize=400)
def _calendar(country: str, year: int) -> holidays.HolidayBase | None:
    try:
        return holidays.country_holidays(country, years=year)
    except NotImplementedError:
        return None


@lru_cache(maxsize=50_000)
def is_working_day(country: str, day: date) -> bool:
    """Tell whether people work in the country on that day; a country without a calendar works Mon-Fri."""
    calendar = _calendar(country, day.year)
    return calendar.is_working_day(day) if calendar is not None else day.weekday() < 5


@lru_cache(maxsize=50_000)
def add_working_days(country: str, day: date, count: int) -> date:
    """Move on by so many working days; zero days still ends on a working day."""
    return move(day, count, lambda d: is_working_day(country, d))


def move(day: date, count: int, is_working: IsWorking) -> date:
    """Move on by so many working days by any calendar."""
    while not is_working(day):
        day += DAY
    for _ in range(count):
        day += DAY
        while not is_working(day):
            day += DAY
    return day


def week(text: str, days_off: Collection[date] = ()) -> IsWorking:
    """Read a week such as "Mon-Sat" or "Mon,Wed" with days off into a calendar."""
    open_days: set[int] = set()
    for part in text.replace(" ", "").split(","):
        first, _, last = part.partition("-")
        low, high = WEEK.index(first[:3].title()), WEEK.index((last or first)[:3].title())
        open_days |= set(range(low, high + 1)) if low <= high else {*range(low, 7), *range(high + 1)}
    off = frozenset(days_off)
    return lambda day: day.weekday() in open_days and day not in off


@dataclass(frozen=True, slots=True)
class Window:
    """The first and the last day on which a parcel may arrive; the order day is day 1."""

    earliest: date
    latest: date
    ordered: date

    @property
    def day_numbers(self) -> tuple[int, int]:
        return (self.earliest - self.ordered).days + 1, (self.latest - self.ordered).days + 1


def delivery_window(
    ordered: datetime,
    *,
    cutoff: time,
    handling: Sequence[int],
    transit: Sequence[int],
    handling_open: IsWorking,
    transit_open: IsWorking,
) -> Window:
    """Start today before the cut-off, else tomorrow; handle, then travel, each by its own week."""
    day = ordered.date()
    start = move(day if ordered.time() <= cutoff else day + DAY, 0, handling_open)
    if day == start and ordered.time() > cutoff:
        start = move(day + DAY, 0, handling_open)
    first = _arrive(move(start, handling[0], handling_open), transit[0], transit_open)
    last = _arrive(move(start, handling[-1], handling_open), transit[-1], transit_open)
    return Window(first, last, day)


def _arrive(handed_over: date, days: int, is_working: IsWorking) -> date:
    """Count travel days after the day the carrier got the parcel, even when that day is a day off for it."""
    day = handed_over
    for _ in range(days):
        day += DAY
        while not is_working(day):
            day += DAY
    return move(day, 0, is_working)
