"""The door to exchange rates: the table in force, kept in the process and checked cheaply."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from threading import Lock
from typing import Final

from django.conf import settings
from django.core.cache import cache
from django.db import connection
from redis.exceptions import RedisError

from marketplace.currency import files
from marketplace.currency.models import Rate, RateSet, SpreadChange, SpreadRule
from marketplace.currency.table import CustomerRate, NoRate, RateTable

__all__ = [
    "CustomerRate",
    "NoRate",
    "RateTable",
    "current",
    "customer_rate",
    "forget",
    "on_day",
    "published",
    "spreads",
]

LOOK_AGAIN_AFTER: Final = 1.0  # seconds between two looks at the shared version key
KEY_LIVES: Final = 60
log = logging.getLogger(__name__)


class _Kept:
    """What this process knows: the table and when the shared version was last looked at."""

    table: RateTable | None = None
    looked_at = 0.0
    guard = Lock()


def current() -> RateTable:
    """Return the rates in force; warm calls read neither database nor, within a second, the cache."""
    now = time.monotonic()
    if _Kept.table is not None and now - _Kept.looked_at < LOOK_AGAIN_AFTER:
        return _Kept.table
    with _Kept.guard:
        version = _shared_version()
        if _Kept.table is None or _Kept.table.version != version:
            _Kept.table = _load(version)
        _Kept.looked_at = now
        return _Kept.table


def customer_rate(base: str, quote: str, tier: str = "") -> CustomerRate:
    """Return market rate and customer's rate of the table in force."""
    return current().customer_rate(base, quote, tier)


def forget() -> None:
    """Drop what this process and the cache keep; the next call reads the database."""
    _Kept.table = None
    _Kept.looked_at = 0.0
    try:
        cache.delete(_key())
    except (OSError, RedisError):
        log.warning("The cache cannot be reached; rates are read from the database.")


def on_day(day: date) -> RateTable:
    """Return the reference rates of a past day, for histories; illustrative ones are always the same."""
    if day > files.embedded().as_of and (stored := _stored_day(day)) is not None:
        return stored
    return _file_day(day)


def published(day: date) -> RateTable | None:
    """Return the reference rates of a day or, where none came out on it, of the next; None while we wait."""
    for later in range(10):  # the longest pause of the ECB is five days
        if (table := on_day(day + timedelta(days=later))).as_of >= day:
            return table
    return None


def _stored_day(day: date) -> RateTable | None:
    """Read the newest day up to `day` that was loaded after the package's file ended."""
    sets = RateSet.objects.newest().filter(source=RateSet.Source.ECB, as_of__lte=day)
    found = sets.filter(as_of__gt=files.embedded().as_of).prefetch_related("rates").first()
    if found is None:
        return None
    rates = {rate.currency: rate.per_euro for rate in found.rates.all()}
    return _of_day(files.DayOfRates(found.as_of, rates, found.origin))


@lru_cache(maxsize=400)
def _file_day(day: date) -> RateTable:
    return _of_day(files.embedded(day))


def _of_day(found: files.DayOfRates) -> RateTable:
    extra = files.illustrative().per_euro if settings.DEMO else {}
    return replace(
        _embedded_table(),
        as_of=found.as_of,
        per_euro={**extra, **found.per_euro},
        version=f"day-{found.as_of}",
        dates=dict.fromkeys(found.per_euro, found.as_of),
    )


def _key() -> str:
    return f"rates-version:{connection.settings_dict['NAME']}"


def _shared_version() -> str:
    """Read the version that all processes share; on a miss ask the database and tell the others."""
    try:
        found: str | None = cache.get(_key())
    except (OSError, RedisError):
        return _stored_version()
    if found is None:
        found = _stored_version()
        cache.add(_key(), found, KEY_LIVES)
    return found


def _stored_version() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*), max(id),"
            " (SELECT sum(basis_points + id * 7919) FROM currency_spreadrule),"
            " (SELECT sum(coalesce(basis_points, 1) + id * 7919) FROM currency_spreadchange"
            " WHERE state = 'ACTIVE' AND valid_from <= %s)"
            " FROM currency_rateset WHERE state = 'ACTIVE'",
            [_today()],
        )
        return ".".join(str(part or 0) for part in cursor.fetchone())


def _newest_sets() -> Iterable[RateSet]:
    """Give the newest set of each source, the weakest source first, so that later ones win."""
    banks = [RateSet.Source.ILLUSTRATIVE] if settings.DEMO else []
    for source in (*banks, RateSet.Source.ECB):
        if found := RateSet.objects.newest().filter(source=source).first():
            yield found
    # People enter single currencies: each currency's newest approved rate counts.
    yield from RateSet.objects.newest().filter(source=RateSet.Source.OPERATOR).reverse()


def _today() -> date:
    return datetime.now(UTC).date()


def spreads(day: date) -> dict[tuple[str, str, str], int]:
    """Give our margins of a day: the standing rules, and over them what was agreed to count since then."""
    found = {(r.base, r.quote, r.tier): r.basis_points for r in SpreadRule.objects.all()}
    agreed = SpreadChange.objects.filter(state=SpreadChange.State.ACTIVE, valid_from__lte=day)
    for change in agreed.order_by("valid_from", "pk"):
        found.pop(change.key, None)
        if change.basis_points is not None:
            found[change.key] = change.basis_points
    return found


def _load(version: str) -> RateTable:
    table = _embedded_table()
    per_euro = dict(table.per_euro)
    dates, sources, illustrative = dict(table.dates), dict(table.sources), set(table.illustrative)
    as_of, source = table.as_of, table.source
    for found in _newest_sets():
        name = found.origin or str(found.get_source_display())
        if found.source == RateSet.Source.ECB:
            if found.as_of < as_of:
                continue
            as_of, source = found.as_of, name
        for code, rate in Rate.objects.filter(rate_set=found).values_list("currency", "per_euro"):
            per_euro[code], dates[code], sources[code] = Decimal(rate), found.as_of, name
            if found.source == RateSet.Source.ILLUSTRATIVE:
                illustrative.add(code)
            else:
                illustrative.discard(code)
    return replace(
        table,
        as_of=as_of,
        source=source,
        per_euro=per_euro,
        illustrative=frozenset(illustrative),
        version=version,
        dates=dates,
        sources=sources,
        spreads=spreads(_today()),
        max_age_days=settings.RATES_MAX_AGE_DAYS,
        default_spread_bp=settings.FX_SPREAD_BP,
    )


def _embedded_table() -> RateTable:
    """Build the table that needs no database: the package's file, plus illustrative rates in the demo."""
    bank = files.embedded()
    per_euro, dates = dict(bank.per_euro), dict.fromkeys(bank.per_euro, bank.as_of)
    sources = dict.fromkeys(bank.per_euro, bank.origin)
    illustrative: frozenset[str] = frozenset()
    if settings.DEMO:
        demo = files.illustrative()
        illustrative = frozenset(set(demo.per_euro) - set(per_euro))
        for code in illustrative:
            per_euro[code], dates[code], sources[code] = demo.per_euro[code], demo.as_of, demo.origin
    return RateTable(
        as_of=bank.as_of,
        source=bank.origin,
        per_euro=per_euro,
        illustrative=illustrative,
        dates=dates,
        sources=sources,
        max_age_days=settings.RATES_MAX_AGE_DAYS,
        default_spread_bp=settings.FX_SPREAD_BP,
        promises_illustrative=settings.DEMO,
    )
