"""What a coming tariff does to our prices: listings and open quotes, their total before and after.

Every figure is the difference of two whole quotes, taxes included: one with the tariff as it stands, one with
the coming version in force, both for its first day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db.models import Q

from catalog.models import Variant
from customs import record, regimes, stored
from customs.assessment import assess
from customs.landed import LandedCase
from customs.models import TariffVersion
from customs.tariffs import versions
from marketplace.currency import rates
from marketplace.kit.explain import Certainty
from marketplace.kit.money import Money
from marketplace.kit.places import Place
from orders.asked import QuoteRequest
from orders.delivered import DESTINATIONS
from orders.models import Quote
from orders.quoting import estimate

# So many listings are quoted twice; what is beyond is counted and said.
MOST: Final = 600
QUOTES_SHOWN: Final = 100


@dataclass(frozen=True, slots=True)
class Before:
    """One listing with its price to one town before and after."""

    code: str
    origin: str
    variant: int
    old: Money | None
    new: Money | None

    @property
    def more(self) -> Money | None:
        """What the buyer pays more; None where one of the two prices does not exist."""
        return self.new - self.old if self.old is not None and self.new is not None else None


def town_of(destination: str) -> tuple[Place, str] | None:
    """The town to which prices of a tariff's territory are compared, with its currency."""
    for place, currency in DESTINATIONS:
        known = regimes.destination(place.country)
        if destination in {place.country, known.area if known else ""}:
            return place, currency
    return None


def weigh(version: TariffVersion, *, at: datetime) -> dict[str, Any]:
    """The effect of a proposed version on listings and open quotes, ready to be kept with it."""
    touched = _touched(version)
    on = max(version.starts_on or at.date(), at.date())
    coming = stored.with_coming(version.pk)
    quotes = _quotes(version, touched, coming, on, at)
    town = town_of(version.destination)
    if town is None:
        return {"listings": 0, "codes": {}, "quotes": quotes, "town": "", "on": on.isoformat()}
    found = list(_listings(touched, coming, town, on))
    return {
        "town": town[0].country,
        "on": on.isoformat(),
        "currency": town[1],
        "listings": len(found),
        "new_price": sum(1 for row in found if row.old != row.new),
        "unsure": sum(1 for row in found if row.new is None and row.old is not None),
        "mean": _text(_mean(row.more for row in found)),
        "codes": _by_code(found),
        "quotes": quotes,
    }


def _touched(version: TariffVersion) -> set[str]:
    """The goods codes whose rows differ."""
    return {
        change.code for what in ("changed", "gone", "added") for change in versions.changes(version, what)
    }


def _about(code: str, touched: Iterable[str]) -> str:
    """The touched code on the branch of a goods code: above, at or below it."""
    return next((one for one in touched if code.startswith(one) or one.startswith(code)), "")


def _price(variant: Variant, quantity: int, town: tuple[Place, str], on: date) -> Money | None:
    cost = estimate(QuoteRequest(((variant, quantity),), town[0], town[1], on))
    return cost.total if cost.state is not Certainty.NOT_POSSIBLE else None


def _listings(
    touched: set[str], coming: stored.Tariff, town: tuple[Place, str], on: date
) -> Iterable[Before]:
    headings = {code[:6] for code in touched}
    same = Q()
    for heading in headings:
        same |= Q(product__hs_code__startswith=heading)
    if not headings:
        return
    variants = (
        Variant.objects.for_sale()
        .filter(same)
        .exclude(product__seller__country=town[0].country)
        .order_by("product_id", "pk")
        .distinct("product_id")
        .select_related("product__seller")
        .prefetch_related("tiers")[:MOST]
    )
    for variant in variants:
        code = variant.product.code_for(town[0].country)
        if not (about := _about(code, touched)):
            continue
        count = variant.minimum_quantity
        old = _price(variant, count, town, on)
        with stored.using(coming):
            new = _price(variant, count, town, on)
        yield Before(about, variant.product.origin, variant.pk, old, new)


def _by_code(found: Iterable[Before]) -> dict[str, Any]:
    groups: dict[str, list[Before]] = defaultdict(list)
    for row in found:
        groups[row.code].append(row)
    return {
        code: {"listings": len(rows), "effect": _text(_mean(row.more for row in rows))}
        for code, rows in groups.items()
    }


def _quotes(
    version: TariffVersion, touched: set[str], coming: stored.Tariff, on: date, at: datetime
) -> dict[str, Any]:
    """Open quotes with goods of a touched code, priced again; a held price itself never changes."""
    open_now = Quote.objects.filter(used_at=None, valid_until__gt=at)
    rows: list[dict[str, str]] = []
    codes: dict[str, int] = defaultdict(int)
    up = down = Decimal(0)
    count = 0
    for quote in open_now.order_by("-total_amount")[:MOST]:
        cases = [case for case in _cases(quote) if _reaches(case, version.destination)]
        about = {_about(line.hs_code, touched) for case in cases for line in case.lines} - {""}
        if not about:
            continue
        count += 1
        for code in about:
            codes[code] += 1
        more = _again(cases, quote.currency, on, coming)
        if more is not None and quote.currency in {"EUR", *rates.current().per_euro}:
            euro = rates.current().convert(more, "EUR").rounded().amount
            up, down = up + max(euro, Decimal(0)), down + max(-euro, Decimal(0))
        if len(rows) < QUOTES_SHOWN:
            first = cases[0]
            rows.append({
                "number": quote.number, "title": first.lines[0].description[:80], "to": first.ship_to.country,
                "until": quote.valid_until.isoformat(), "currency": quote.currency,
                "total": f"{quote.total_amount:f}", "more": _text(more) or "",
            })  # fmt: skip
    return {
        "count": count, "of": open_now.count(), "rows": rows, "codes": dict(codes),
        "up": f"{up:f}", "down": f"{down:f}",
    }  # fmt: skip


def _cases(quote: Quote) -> Iterable[LandedCase]:
    """The customs cases that a quote was made of."""
    for part in quote.snapshot.values():
        if (kept := part.get("customs")) is not None:
            yield record.load(kept).case


def _reaches(case: LandedCase, destination: str) -> bool:
    """Whether a case goes where a version's tariff holds."""
    known = regimes.destination(case.ship_to.country)
    return destination in {case.ship_to.country, known.area if known else ""}


def _again(cases: list[LandedCase], currency: str, on: date, coming: stored.Tariff) -> Money | None:
    """The duty and tax of these cases after less before; None where one of them cannot be had."""

    def whole() -> Money | None:
        found = [assess(replace(case, on=on)) for case in cases]
        if any(one.state is Certainty.NOT_POSSIBLE for one in found):
            return None
        return Money(sum((c.amount.amount for one in found for c in one.charges), Decimal(0)), currency)

    old = whole()
    with stored.using(coming):
        new = whole()
    return new - old if old is not None and new is not None else None


def _mean(amounts: Iterable[Money | None]) -> Money | None:
    known = [money for money in amounts if money is not None]
    if not known:
        return None
    whole = sum((money.amount for money in known), Decimal(0))
    return Money(whole / len(known), known[0].currency).rounded()


def _text(money: Money | None) -> str | None:
    return None if money is None else f"{money.amount:f}"


def shown(version: TariffVersion) -> Mapping[str, Any]:
    """The effect that was worked out for a version, or nothing yet."""
    effect: Mapping[str, Any] = (version.summary or {}).get("effect") or {}
    return effect
