"""The stored tariff in memory: read once per active version, looked up without a statement."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, Max, Q

from customs import expressions
from customs.expressions import Expression, NotExpressible
from customs.models import (
    ROW_KINDS,
    AdditionalCode,
    AreaMember,
    Fee,
    Freshness,
    Measure,
    Restriction,
    StackingKind,
    StackingRule,
    TariffVersion,
    TaxRate,
    VersionState,
)
from marketplace.kit.explain import RuleRef

FRESH_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True)
class Row:
    """One stored measure, read and ready to be applied."""

    code: str
    kind: str
    origin_area: str
    excluded: tuple[str, ...]
    expression: Expression | None
    unreadable: str
    label: str
    notes: str
    base: tuple[str, ...]
    inside: bool
    caps: str
    group: str
    excludes: str
    quota_open: bool
    rule: RuleRef
    papers: tuple[str, ...]
    waived_by: frozenset[str]
    additional_code: str
    season: tuple[str, str]
    fresh_until: date | None = None

    def rule_on(self, on: date) -> RuleRef:
        """The row's reference on a day; a row past its limit may carry an estimate only."""
        return aged(self.rule, self.fresh_until, on)

    def holds(self, on: date, origins: frozenset[str]) -> bool:
        """Whether the row is valid on the day for goods of this origin."""
        rule = self.rule
        if (rule.valid_from and on < rule.valid_from) or (rule.valid_to and on > rule.valid_to):
            return False
        if self.origin_area not in origins or not origins.isdisjoint(self.excluded):
            return False
        first, last = self.season
        if first and last:
            here = f"{on:%m-%d}"
            return first <= here <= last if first <= last else here >= first or here <= last
        return True


@dataclass(frozen=True, slots=True)
class FeeRow:
    """A stored fee on a consignment."""

    expression: Expression
    label: str
    mode: str
    value_from: Decimal
    value_to: Decimal | None
    rule: RuleRef
    fresh_until: date | None = None

    def rule_on(self, on: date) -> RuleRef:
        """The row's reference on a day; a row past its limit may carry an estimate only."""
        return aged(self.rule, self.fresh_until, on)


@dataclass(frozen=True, slots=True)
class Rule:
    """A stored prohibition or document."""

    code: str
    kind: str
    origin_area: str
    text: str
    notes: str
    rule: RuleRef


class Tariff:
    """All active rows, by destination and first six digits."""

    def __init__(self, stamp: tuple[Any, ...], *, coming: int | None = None) -> None:
        """Read all active versions; `coming` is a proposed one that is looked at as if it were in force."""
        self.stamp = stamp
        self.coming = coming
        self.measures: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        self.restrictions: dict[str, list[Rule]] = defaultdict(list)
        self.fees: dict[str, list[FeeRow]] = defaultdict(list)
        self.taxes: dict[tuple[str, str], tuple[Expression, RuleRef, date | None]] = {}
        self.groups: dict[str, list[tuple[str, date | None, date | None]]] = defaultdict(list)
        self.limits = {(row.destination, row.kind): row.days for row in Freshness.objects.all()}
        self.residual = frozenset(
            AdditionalCode.objects.filter(residual=True).values_list("destination", "code")
        )
        self._read()

    def fresh_until(self, destination: str, kind: str, read_on: date | None) -> date | None:
        """The last day on which a row may carry a promise; None where no limit stands."""
        name = ROW_KINDS.get(kind, kind)
        days = self.limits.get((destination, name), self.limits.get(("", name)))
        return read_on + timedelta(days=days) if read_on and days is not None else None

    def _windows(self) -> dict[int, dict[tuple[str, str], tuple[date | None, date | None]]]:
        """For each version, the days on which it speaks about a kind of measure of a destination.

        A loaded version stands for its kinds alone: older ones are silent about them from its first day on.
        """
        wanted = Q(state=VersionState.ACTIVE) | Q(pk=self.coming)
        windows: dict[int, dict[tuple[str, str], tuple[date | None, date | None]]] = defaultdict(dict)
        starts: dict[tuple[str, str], list[tuple[date, int]]] = defaultdict(list)
        for version in TariffVersion.objects.filter(wanted).order_by("id"):
            for kind in version.scope:
                starts[version.destination, kind].append((version.starts_on or date.min, version.pk))
        for subject, found in starts.items():
            # A later version of the same first day replaces the earlier one.
            by_day = dict(sorted(found))
            days = sorted(by_day)
            for place, first in enumerate(days):
                last = days[place + 1] - timedelta(days=1) if place + 1 < len(days) else None
                windows[by_day[first]][subject] = (None if first == date.min else first, last)
            first_day = None if days[0] == date.min else days[0]
            windows[0][subject] = (None, first_day - timedelta(days=1) if first_day else date.min)
        return windows

    def _read(self) -> None:
        wanted = Q(version__state=VersionState.ACTIVE) | Q(version=self.coming)
        windows = self._windows()
        stacking: dict[tuple[str, str], list[StackingRule]] = defaultdict(list)
        for stack in StackingRule.objects.all():
            stacking[stack.destination, stack.group].append(stack)
        for measure in (
            Measure.objects.filter(wanted).prefetch_related("conditions").iterator(chunk_size=5000)
        ):
            subject = (measure.destination, measure.kind)
            silent = windows[0].get(subject)
            spoken = windows[measure.version_id].get(subject) if measure.version_id in windows else None
            if (window := spoken or silent) is not None:
                if window[1] == date.min:
                    continue
                measure.valid_from = max(filter(None, (measure.valid_from, window[0])), default=None)
                measure.valid_to = min(filter(None, (measure.valid_to, window[1])), default=None)
            row = row_of(measure, stacking.get((measure.destination, measure.group), ()))
            limit = self.fresh_until(measure.destination, measure.kind, measure.retrieved_on)
            self.measures[measure.destination][measure.code[:6]].append(replace(row, fresh_until=limit))
        for wall in Restriction.objects.all():
            self.restrictions[wall.destination].append(
                Rule(
                    wall.code,
                    wall.kind,
                    wall.origin_area,
                    wall.text,
                    wall.notes,
                    _ref(f"restriction-{wall.pk}", wall),
                )
            )
        for fee in Fee.objects.all():
            self.fees[fee.destination].append(
                FeeRow(expressions.read(fee.expression), fee.label, fee.mode, fee.value_from, fee.value_to,
                       _ref(f"fee-{fee.pk}", fee), self.fresh_until(fee.destination, "fee", fee.retrieved_on))
            )  # fmt: skip
        for rate in TaxRate.objects.all():
            read = expressions.read(rate.rate)
            limit = self.fresh_until(rate.country, "vat", rate.retrieved_on)
            self.taxes[rate.country, rate.region] = (read, _ref(f"tax-{rate.pk}", rate), limit)
        for member in AreaMember.objects.select_related("area"):
            self.groups[member.country].append((member.area.code, member.valid_from, member.valid_to))

    def origins(self, country: str, on: date) -> frozenset[str]:
        """All areas whose measures apply to goods of a country on a day."""
        groups = (
            code
            for code, first, last in self.groups.get(country, ())
            if not ((first and on < first) or (last and on > last))
        )
        return frozenset({"ERGA OMNES", "1011", country, *groups})

    def rows(self, areas: Iterable[str], code: str) -> list[Row]:
        """Every row on the branch of the code: above it, at it, below its sixth digit."""
        found: list[Row] = []
        for area in areas:
            here = self.measures.get(area)
            if not here:
                continue
            found += here.get(code[:6], ())
            for length in (0, 2, 4, 5):
                found += here.get(code[:length], ()) if length < len(code) else ()
        return found


def _ref(number: str, row: Any) -> RuleRef:
    return RuleRef(number, row.legal_ref, row.source, row.valid_from, row.valid_to, row.confidence)


def aged(rule: RuleRef, fresh_until: date | None, on: date) -> RuleRef:
    """The reference of a row on a day: past its limit it is only derived, and no promise rests on it."""
    if fresh_until is None or on <= fresh_until or rule.confidence != "read":
        return rule
    return replace(rule, confidence="derived")


def row_of(measure: Measure, stacking: Iterable[StackingRule] = ()) -> Row:
    """A table row as the calculator uses it, with the stacking rules of its group."""
    base, caps, excludes = tuple(measure.base), measure.caps, measure.excludes.split()
    for rule in stacking:
        if rule.kind == StackingKind.BASE:
            base = (*base, rule.other)
        elif rule.kind == StackingKind.CAP_NET_OF:
            caps = rule.other
        else:
            excludes.append(rule.other)
    expression: Expression | None = None
    unreadable = ""
    try:
        expression = expressions.read(measure.expression)
    except NotExpressible as problem:
        unreadable = problem.reason
    conditions = measure.conditions.all() if measure.pk else ()
    papers = tuple(found.document_code for found in conditions if found.action != "waive")
    waived = frozenset(found.document_code.upper() for found in conditions if found.action == "waive")
    return Row(
        measure.code, measure.kind, measure.origin_area, tuple(measure.excluded_areas), expression, unreadable,  # noqa: E501
        str(measure.get_kind_display()), measure.notes, base, measure.inside, caps,
        measure.group, " ".join(dict.fromkeys(excludes)), measure.quota_open,
        _ref(f"measure-{measure.pk}", measure), papers,
        waived, measure.additional_code,
        (measure.season_from, measure.season_to),
    )  # fmt: skip


# A tariff that stands in for the stored one while a coming version is weighed.
_INSTEAD: ContextVar[Tariff | None] = ContextVar("tariff_instead", default=None)
_HELD: dict[str, Any] = {"tariff": None, "checked": 0.0}


def _stamp() -> tuple[Any, ...]:
    found = TariffVersion.objects.filter(state=VersionState.ACTIVE).aggregate(
        last=Max("id"), count=Count("id"), at=Max("activated_at")
    )
    return tuple(found.values())


def tariff() -> Tariff:
    """The stored tariff; its version is checked at most every two seconds."""
    if (instead := _INSTEAD.get()) is not None:
        return instead
    now = time.monotonic()
    held: Tariff | None = _HELD["tariff"]
    if held is not None and now - _HELD["checked"] < FRESH_SECONDS:
        return held
    stamp = _stamp()
    if held is None or held.stamp != stamp:
        held = Tariff(stamp)
        _HELD["tariff"] = held
    _HELD["checked"] = now
    return held


@contextmanager
def using(other: Tariff) -> Iterator[None]:
    """Let every assessment inside see another tariff, such as one with a coming version."""
    token = _INSTEAD.set(other)
    try:
        yield
    finally:
        _INSTEAD.reset(token)


def with_coming(version_id: int) -> Tariff:
    """The stored tariff as it will be once a proposed version is in force."""
    return Tariff(("coming", version_id), coming=version_id)


def forget() -> None:
    """Drop what is held in memory; the next question reads the tables again."""
    _HELD["tariff"] = None
