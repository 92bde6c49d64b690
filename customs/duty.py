"""Duty and import tax: frozen inputs in, explained amounts out. No database, clock or settings.

The chain is exact; each printed line is rounded once, by the rule of the destination's regime.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Final

from customs.expressions import Expression, QuantityMissing, RateMissing, read
from marketplace.kit.explain import RuleRef

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
MODES: Final = {"half_up": ROUND_HALF_UP, "down": ROUND_DOWN, "floor": ROUND_FLOOR}
OPTIONS: Final = ("third_country_duty", "preference", "suspension", "quota")
REMEDIES: Final = ("anti_dumping", "countervailing", "safeguard", "additional")
DUTIES: Final = frozenset({*OPTIONS, *REMEDIES})
TAXES: Final = ("vat", "sales_tax")


@dataclass(frozen=True, slots=True)
class Rounding:
    """How a published line is rounded: decimal places and direction."""

    places: int = 2
    mode: str = "half_up"

    def of(self, amount: Decimal) -> Decimal:
        """The amount as it is printed."""
        return amount.quantize(ONE.scaleb(-self.places), MODES[self.mode])


@dataclass(frozen=True, slots=True)
class Rate:
    """A measure in force for one line; `papers` are what its use asks for."""

    kind: str
    expression: Expression
    label: str = ""
    base: tuple[str, ...] = ()
    inside: bool = False
    rule: RuleRef | None = None
    caps: str = ""
    allowed: bool = True
    papers: tuple[str, ...] = ()
    high: Expression | None = None


@dataclass(frozen=True, slots=True)
class Goods:
    """A line of goods with its value in the currency of the calculation and the measures in force."""

    reference: str
    code: str
    value: Decimal
    quantities: Mapping[str, Decimal]
    rates: tuple[Rate, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """What the destination's regime says about valuation, bases, relief and rounding."""

    currency: str
    valuation: str = "CIF"
    tax_base: tuple[str, ...] = ("customs_value", "duty", "excise", "onward_transport")
    uplift: Decimal = ZERO
    rounding: Rounding = field(default_factory=Rounding)
    excise_rounding: Rounding | None = None
    alcohol_rounds_down: bool = False
    value_step: Decimal = ZERO
    tax_step: Decimal = ZERO
    total_step: Decimal = ZERO
    local_tax_ratio: Decimal = ZERO
    duty_share: Decimal = ONE
    tax_share: Decimal = ONE
    tax_floor: Decimal = ZERO
    tax_floor_kinds: frozenset[str] | None = None
    tax_floor_is_due: bool = False
    value_places: int | None = None
    fee_share: Decimal = ONE
    tax_on_goods_only: bool = False
    allocation: str = "value"


@dataclass(frozen=True, slots=True)
class Sums:
    """What expressions are applied to."""

    quantities: Mapping[str, Decimal]
    per_currency: Mapping[str, Decimal]
    alcohol_rounds_down: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """One computed line: unrounded and as printed."""

    kind: str
    line: str | None
    label: str
    basis: Decimal
    rate: str
    exact: Decimal
    printed: Decimal
    rule: RuleRef | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One way to pay duty on a line, for comparison."""

    line: str
    kind: str
    label: str
    rate: str
    duty: Decimal
    chosen: bool
    allowed: bool
    papers: tuple[str, ...]
    saving: Decimal
    rule: RuleRef | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A fact without which a line cannot be computed."""

    line: str
    kind: str
    what: str
    words: str


@dataclass(frozen=True, slots=True)
class Result:
    """All that was computed, with the bases it was taken of."""

    taken: tuple[Taken, ...]
    options: tuple[Option, ...]
    missing: tuple[Missing, ...]
    customs_value: Decimal
    tax_base: Decimal

    @property
    def total(self) -> Decimal:
        """The sum of the printed lines."""
        return sum((line.printed for line in self.taken), ZERO)


def floor_to(amount: Decimal, step: Decimal) -> Decimal:
    """The amount cut down to a multiple of the step; a step of zero leaves it."""
    return amount // step * step if step else amount


def shares(goods: Sequence[Goods], amount: Decimal) -> list[Decimal]:
    """The amount shared by value, unrounded; equally where nothing has a value."""
    if not amount:
        return [ZERO] * len(goods)
    whole = sum((line.value for line in goods), ZERO)
    if not whole:
        return [amount / len(goods)] * len(goods)
    return [amount * line.value / whole for line in goods]


class _Line:
    """The running bases of one line of goods."""

    __slots__ = ("bases", "goods", "missing", "options", "rules", "sums", "taken")

    def __init__(self, goods: Goods, rules: Rules, bases: dict[str, Decimal], sums: Sums) -> None:
        self.goods, self.rules, self.bases, self.sums = goods, rules, bases, sums
        self.taken: list[Taken] = []
        self.options: list[Option] = []
        self.missing: list[Missing] = []

    def base_of(self, rate: Rate, usual: tuple[str, ...]) -> Decimal:
        bases = self.bases
        found = ZERO
        for name in rate.base or usual:
            found += bases.get(name, ZERO)
        if self.rules.uplift and not DUTIES & {rate.kind} and "customs_value" in (rate.base or usual):
            found += bases["customs_value"] * self.rules.uplift
        return found

    def apply(self, rate: Rate, base: Decimal) -> Decimal | None:
        """The unrounded amount, or None with the reason noted."""
        try:
            if rate.inside:
                fraction, fixed = rate.expression.split(base or ONE, self.sums)
                # A tax inside its own base: (base + fixed) / (1 - r) * r + fixed.
                return (base + fixed) / (ONE - fraction) * fraction + fixed
            amount = rate.expression.amount(base, self.sums)
        except QuantityMissing as problem:
            self.missing.append(Missing(self.goods.reference, rate.kind, problem.key, str(problem)))
            return None
        except RateMissing as problem:
            words = f"exchange rate of {problem.currency}"
            self.missing.append(Missing(self.goods.reference, rate.kind, f"rate:{problem.currency}", words))
            return None
        if rate.caps:
            # A ceiling net of another duty: max(0, cap - that duty).
            return max(ZERO, amount - self.bases.get(rate.caps, ZERO))
        return amount

    def take(self, rate: Rate, base: Decimal, exact: Decimal, rounding: Rounding, *, into: str) -> None:
        self.bases[into] = self.bases.get(into, ZERO) + exact
        label = rate.label or rate.kind
        printed = rounding.of(exact)
        self.taken.append(
            Taken(
                rate.kind, self.goods.reference, label, base, rate.expression.text, exact, printed, rate.rule
            )
        )


def _duties(line: _Line) -> None:
    """The cheapest duty that the papers allow, then everything that is added to it."""
    rules, rates = line.rules, line.goods.rates
    base = floor_to(line.bases["customs_value"], rules.value_step) if rules.value_step else None
    full = line.bases["customs_value"]
    if base is not None:
        line.bases["customs_value"] = base
    chosen = _cheapest(line, rates)
    for rate in chosen:
        basis = line.base_of(rate, ("customs_value",))
        exact = line.apply(rate, basis)
        if exact is not None:
            line.take(rate, basis, exact * rules.duty_share, rules.rounding, into="duty")
            line.bases["third_country_duty"] = line.bases["duty"]
    in_quota = any(rate.kind == "quota" for rate in chosen)
    added = [rate for rate in rates if rate.kind in REMEDIES and not (in_quota and rate.kind == "safeguard")]
    added.sort(key=lambda rate: "duty" in rate.base)
    plain_duty = line.bases["duty"]
    for rate in added:
        bases = {**line.bases, "duty": plain_duty}
        basis = sum((bases.get(name, ZERO) for name in rate.base or ("customs_value",)), ZERO)
        exact = line.apply(rate, basis)
        if exact is not None:
            line.take(rate, basis, exact * rules.duty_share, rules.rounding, into="duty")
    if base is not None:
        line.bases["customs_value"] = full


def _cheapest(line: _Line, rates: tuple[Rate, ...]) -> list[Rate]:
    """The rates of the cheapest allowed option; every option is noted for comparison."""
    by_kind: dict[str, list[Rate]] = {}
    for rate in rates:
        if rate.kind in OPTIONS:
            by_kind.setdefault(rate.kind, []).append(rate)
    if not by_kind:
        return []
    standard = by_kind.pop("third_country_duty", [])
    ways: list[tuple[str, list[Rate]]] = [("third_country_duty", standard)] if standard else []
    ways += [(kind, [rate]) for kind, found in by_kind.items() for rate in found]
    if len(ways) == 1:
        return ways[0][1]
    safeguards = [rate for rate in rates if rate.kind == "safeguard"]
    costs: list[Decimal | None] = []
    for kind, way in ways:
        cost: Decimal | None = ZERO
        for rate in [*way, *(safeguards if kind != "quota" else [])]:
            amount = line.apply(rate, line.base_of(rate, ("customs_value",)))
            cost = None if amount is None or cost is None else cost + amount
        costs.append(cost)
    usable = [
        index
        for index, (_kind, way) in enumerate(ways)
        if costs[index] is not None and all(rate.allowed for rate in way)
    ]
    if len(usable) > 0:
        line.missing.clear()
    best = min(usable, key=lambda index: costs[index] or ZERO, default=0)
    for index, (kind, way) in enumerate(ways):
        cost = costs[index]
        if cost is None:
            continue
        saving = max(ZERO, (costs[best] or ZERO) - cost)
        first = way[0]
        papers = tuple(paper for rate in way for paper in rate.papers)
        text = " + ".join(rate.expression.text for rate in way)
        allowed = all(rate.allowed for rate in way)
        rounded = line.rules.rounding.of
        line.options.append(
            Option(line.goods.reference, kind, first.label or kind, text, rounded(cost), index == best, allowed,  # noqa: E501
                   papers, rounded(saving), first.rule)
        )  # fmt: skip
    return ways[best][1]


def _inner_taxes(line: _Line) -> None:
    """Excise and consumption tax."""
    rules = line.rules
    rounding = rules.excise_rounding or rules.rounding
    for kind in ("excise", "consumption_tax"):
        national = kind == "consumption_tax" and rules.local_tax_ratio
        for rate in line.goods.rates:
            if rate.kind != kind:
                continue
            if national:
                basis = _stepped_base(line)
                exact = line.apply(rate, basis)
                if exact is not None:
                    line.take(rate, basis, rounding.of(exact), rounding, into="consumption_tax")
                continue
            basis = line.base_of(rate, ("customs_value", "duty"))
            exact = line.apply(rate, basis)
            if exact is not None:
                line.take(rate, basis, exact * rules.tax_share, rounding, into="excise")
                line.bases["consumption_tax"] = line.bases.get("consumption_tax", ZERO) + exact


def _stepped_base(line: _Line) -> Decimal:
    """Japan: value plus duty cut to 100, the sum cut to 1,000 (Customs Answer 1111)."""
    rules = line.rules
    whole = (
        line.bases["customs_value"] + floor_to(line.bases["duty"], rules.total_step) + line.bases["excise"]
    )
    return floor_to(whole, rules.tax_step)


def _taxes(line: _Line) -> Decimal:
    """VAT, GST or sales tax; returns the base."""
    rules = line.rules
    usual = ("goods",) if rules.tax_on_goods_only else rules.tax_base
    usual_base = line.base_of(_NO_RATE, usual)
    if rules.tax_share != ONE:
        # The reduced tax is taken of the full tax, not of a reduced base.
        usual_base += (
            (line.bases.get("consumption_tax", ZERO) - line.bases["excise"]) if "excise" in usual else 0
        )
    found = usual_base
    for rate in line.goods.rates:
        if rate.kind not in TAXES:
            continue
        base = line.base_of(rate, usual) if rate.base else usual_base
        exact = line.apply(rate, base)
        if exact is not None:
            line.take(rate, base, exact * rules.tax_share, rules.rounding, into="vat")
            found = base
    return found


# A tax of nothing, to ask for the usual base.
_NO_RATE: Final = Rate("vat", read("Free"))


def calculate(
    goods: Sequence[Goods],
    rules: Rules,
    *,
    freight: Decimal = ZERO,
    insurance: Decimal = ZERO,
    onward: Decimal = ZERO,
    per_currency: Mapping[str, Decimal] | None = None,
    fees: Sequence[Rate] = (),
) -> Result:
    """Duty, excise, tax and fees on a consignment under one regime."""
    cif = rules.valuation == "CIF"
    transport, cover, inland = shares(goods, freight), shares(goods, insurance), shares(goods, onward)
    currencies = per_currency if per_currency is not None else {rules.currency: ONE}
    lines: list[_Line] = []
    customs_value = tax_base = ZERO
    seen: set[str] = set()
    for index, item in enumerate(goods):
        value = item.value + (transport[index] + cover[index] if cif else ZERO)
        if rules.value_places is not None:
            # China counts in whole yuan (Measures on the Taxation of Imports and Exports).
            value = Rounding(rules.value_places).of(value)
        bases = {
            "goods": item.value, "customs_value": value, "duty": ZERO, "excise": ZERO,
            "freight": transport[index], "insurance": cover[index],
            "onward_transport": inland[index] + (ZERO if cif else transport[index] + cover[index]),
        }  # fmt: skip
        subheading = item.code[:6] or item.reference
        counts = {**item.quantities, "subheading": ZERO if subheading in seen else ONE, "entry": ONE}
        seen.add(subheading)
        line = _Line(item, rules, bases, Sums(counts, currencies, rules.alcohol_rounds_down))
        _duties(line)
        _inner_taxes(line)
        _line_fees(line, after_taxes=False)
        customs_value += value
        lines.append(line)
    if fees and "fee" in rules.tax_base:
        _spread_fees(lines, rules, fees, currencies, customs_value)
    for line in lines:
        tax_base += _taxes(line)
        _line_fees(line, after_taxes=True)
    taken = [found for line in lines for found in line.taken]
    missing = [found for line in lines for found in line.missing]
    taken += _consignment_fees(lines, rules, fees, currencies, customs_value, missing)
    if rules.total_step:
        taken += _stepped_totals(lines, rules)
    if rules.tax_floor:
        taken = _below_floor(taken, rules)
    options = tuple(option for line in lines for option in line.options)
    return Result(tuple(taken), options, tuple(missing), customs_value, tax_base)


def _line_fees(line: _Line, *, after_taxes: bool) -> None:
    """Fees of one line; those taken of a tax come after it, all others may lie in the tax's base."""
    for rate in line.goods.rates:
        if rate.kind == "fee" and after_taxes is ("vat" in rate.base):
            basis = line.base_of(rate, ("customs_value",)) if rate.base else line.bases["customs_value"]
            exact = line.apply(rate, basis)
            if exact is not None:
                line.take(rate, basis, exact, line.rules.rounding, into="fee")


def _spread_fees(
    lines: list[_Line],
    rules: Rules,
    fees: Sequence[Rate],
    currencies: Mapping[str, Decimal],
    customs_value: Decimal,
) -> None:
    """Share the consignment's fees by value where the tax is taken of them too."""
    found = sum(
        (row.exact for row in _consignment_fees(lines, rules, fees, currencies, customs_value, [])), ZERO
    )
    for line in lines:
        if customs_value:
            line.bases["fee"] = (
                line.bases.get("fee", ZERO) + found * line.bases["customs_value"] / customs_value
            )


def _consignment_fees(
    lines: list[_Line],
    rules: Rules,
    fees: Sequence[Rate],
    currencies: Mapping[str, Decimal],
    customs_value: Decimal,
    missing: list[Missing],
) -> list[Taken]:
    found: list[Taken] = []
    for rate in fees:
        names = rate.base or ("customs_value",)
        basis = sum((line.bases.get(name, ZERO) for line in lines for name in names), ZERO)
        basis = customs_value if names == ("customs_value",) else basis
        sums = Sums({"entry": ONE, "item": ONE}, currencies)
        try:
            exact = rate.expression.amount(basis, sums)
        except (QuantityMissing, RateMissing) as problem:
            missing.append(Missing("", rate.kind, "fee", str(problem)))
            continue
        if rate.expression.fraction is not None:
            exact *= rules.fee_share
        printed = rules.rounding.of(exact)
        found.append(Taken("fee", None, rate.label, basis, rate.expression.text, exact, printed, rate.rule))
    return found


def _stepped_totals(lines: list[_Line], rules: Rules) -> list[Taken]:
    """Totals of duty and of tax are cut to the step; the local tax follows from the national one."""
    found: list[Taken] = []
    step = rules.total_step
    local = ZERO
    rule: RuleRef | None = None
    for names, kind in ((DUTIES, "third_country_duty"), (frozenset({"consumption_tax"}), "consumption_tax")):
        whole = sum((row.printed for line in lines for row in line.taken if row.kind in names), ZERO)
        if cut := whole - floor_to(whole, step):
            found.append(Taken(kind, None, f"cut to {step}", whole, "", -cut, -cut))
    for line in lines:
        national = sum((row.printed for row in line.taken if row.kind == "consumption_tax"), ZERO)
        local += floor_to(national, step) * rules.local_tax_ratio
        rule = next((row.rule for row in line.taken if row.kind == "consumption_tax"), rule)
    if local:
        exact = floor_to(local, step)
        found.append(Taken("vat", None, "local consumption tax", local, "22/78", exact, exact, rule))
    return found


def _below_floor(taken: list[Taken], rules: Rules) -> list[Taken]:
    """A sum of duty and tax up to the floor is not collected; some countries look at the tax alone."""
    kinds = rules.tax_floor_kinds
    held = [row.kind != "fee" and (kinds is None or row.kind in kinds) for row in taken]
    due = sum((row.exact for row, counts in zip(taken, held, strict=True) if counts), ZERO)
    if due > rules.tax_floor or (rules.tax_floor_is_due and due == rules.tax_floor):
        return taken
    return [
        replace(row, exact=ZERO, printed=rules.rounding.of(ZERO)) if counts else row
        for row, counts in zip(taken, held, strict=True)
    ]
