"""The stored tariff in memory: read once per active version, looked up without a statement."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django.db.models import Count, Max

from customs import expressions
from customs.expressions import Expression, NotExpressible
from customs.models import AreaMember, Fee, Measure, Restriction, TariffVersion, TaxRate, VersionState
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

    def __init__(self, stamp: tuple[Any, ...]) -> None:
        self.stamp = stamp
        self.measures: dict[str, dict[str, list[Row]]] = defaultdict(lambda: defaultdict(list))
        self.restrictions: dict[str, list[Rule]] = defaultdict(list)
        self.fees: dict[str, list[FeeRow]] = defaultdict(list)
        self.taxes: dict[tuple[str, str], tuple[Expression, RuleRef]] = {}
        self.groups: dict[str, list[tuple[str, date | None, date | None]]] = defaultdict(list)
        self._read()

    def _read(self) -> None:
        active = Measure.objects.filter(version__state=VersionState.ACTIVE).prefetch_related("conditions")
        # A loaded version stands for its kinds of measure alone: older versions are silent about them.
        newest: dict[tuple[str, str], int] = {}
        versions = TariffVersion.objects.filter(state=VersionState.ACTIVE).order_by("id")
        for number, place, scope in versions.values_list("id", "destination", "scope"):
            newest.update({(place, kind): number for kind in scope})
        for measure in active.iterator(chunk_size=5000):
            ruled_by = newest.get((measure.destination, measure.kind))
            if ruled_by is not None and measure.version_id != ruled_by:
                continue
            self.measures[measure.destination][measure.code[:6]].append(row_of(measure))
        for row in Restriction.objects.all():
            self.restrictions[row.destination].append(
                Rule(
                    row.code,
                    row.kind,
                    row.origin_area,
                    row.text,
                    row.notes,
                    _ref(f"restriction-{row.pk}", row),
                )
            )
        for fee in Fee.objects.all():
            self.fees[fee.destination].append(
                FeeRow(expressions.read(fee.expression), fee.label, fee.mode, fee.value_from, fee.value_to,
                       _ref(f"fee-{fee.pk}", fee))
            )  # fmt: skip
        for rate in TaxRate.objects.all():
            read = expressions.read(rate.rate)
            self.taxes[rate.country, rate.region] = (read, _ref(f"tax-{rate.pk}", rate))
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


def row_of(measure: Measure) -> Row:
    """A table row as the calculator uses it."""
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
        str(measure.get_kind_display()), measure.notes, tuple(measure.base), measure.inside, measure.caps,
        measure.group, measure.excludes, measure.quota_open, _ref(f"measure-{measure.pk}", measure), papers,
        waived, measure.additional_code,
        (measure.season_from, measure.season_to),
    )  # fmt: skip


_HELD: dict[str, Any] = {"tariff": None, "checked": 0.0}


def _stamp() -> tuple[Any, ...]:
    found = TariffVersion.objects.filter(state=VersionState.ACTIVE).aggregate(
        last=Max("id"), count=Count("id"), at=Max("activated_at")
    )
    return tuple(found.values())


def tariff() -> Tariff:
    """The stored tariff; its version is checked at most every two seconds."""
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


def forget() -> None:
    """Drop what is held in memory; the next question reads the tables again."""
    _HELD["tariff"] = None
