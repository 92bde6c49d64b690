"""Assess a case: choose the regime, find the measures in force, calculate, and say how sure it is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from customs import duty, northern, regimes, reversal, stored
from customs.answer import answered
from customs.choosing import LocalValues, over_franchise, regime_of, rules_of
from customs.duty import Goods, Rate, Rules
from customs.finding import find
from customs.landed import (
    Assessment,
    Currencies,
    GivenMeasure,
    GivenRules,
    GoodsLine,
    LandedCase,
    Work,
    Worked,
)
from customs.passage import let_through
from customs.regimes import Destination, Regime
from customs.stated import stated, stated_fees
from marketplace.kit.explain import Certainty, Reason
from marketplace.kit.money import MINOR_UNITS, Money

__all__ = ["Assessment", "GivenMeasure", "GivenRules", "GoodsLine", "LandedCase", "assess"]

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)


def assess(case: LandedCase) -> Assessment:
    """Duty and tax of a case from stored rows, or from the measures and rules that it states."""
    place = regimes.plain(case.ship_to.country)
    given = case.rules or GivenRules()
    place = _reachable(case, place)
    currencies = Currencies(place.rules.currency, case.rates)
    work = Work([], [])
    try:
        local = LocalValues(case, place, currencies)
    except KeyError as problem:
        return _no_rate(case, place, str(problem.args[0]))
    if regimes.destination(case.ship_to.country) is None and case.measures is None:
        work.refuse(
            Reason(
                "destination-unknown", _("We have no tariff of this country."), _("Choose another country.")
            )
        )
    regime = regime_of(case, place, local, currencies, given, work)
    rules = rules_of(place, regime, given)
    if "franchise" in regime.effect:
        rules = over_franchise(rules, regime, local, currencies)
    goods, fees = _goods(case, place, regime, local, work)
    if northern.is_there(case.ship_to):
        goods = northern.settle(goods, rules, local.freight + local.insurance, currencies, work.warnings)
    if given.price_includes_duty:
        goods, local = _take_duty_out(goods, fees, rules, regime, local, currencies)
    variants = [
        duty.calculate(
            variant, rules, freight=local.freight, insurance=local.insurance, onward=local.onward,
            per_currency=currencies, fees=fees,
        )
        for variant in (goods, _ceiling(goods))
        if variant is not None
    ]  # fmt: skip
    result = variants[0]
    for missing in dict.fromkeys(result.missing):
        work.refuse(
            Reason(
                "quantity-missing",
                _("The %(what)s is missing for the %(kind)s.")
                % {"what": missing.words, "kind": missing.kind},
                _("Add it to the product's customs data."),
                missing.line or None,
            )
        )
    answer = replace(
        answered(case, place, regime, rules, result, variants[-1], currencies, work),
        worked=Worked(
            case, tuple(goods), tuple(fees), rules, local.freight, local.insurance, local.onward, currencies
        ),
    )
    if not given.price_includes_duty:
        return answer
    into = currencies[case.currency]
    parts = (*(line.value for line in goods), local.freight, local.insurance)
    return replace(answer, before_duty=tuple(Money(part / into, case.currency).rounded() for part in parts))


def _reachable(case: LandedCase, place: Destination) -> Destination:
    """The destination, counted in the case's currency where no rate leads to its own."""
    own = place.rules.currency
    try:
        Currencies(own, case.rates)[case.currency]
    except KeyError:
        places = MINOR_UNITS.get(case.currency, 2)
        rules = replace(place.rules, currency=case.currency, rounding=duty.Rounding(places))
        return replace(place, rules=rules)
    return place


def _no_rate(case: LandedCase, place: Destination, currency: str) -> Assessment:
    nothing = Money(ZERO, case.currency)
    words = _("There is no exchange rate of %(currency)s.") % {"currency": currency}
    reason = Reason("no-exchange-rate", words, _("Give the rate in the request, or choose another currency."))
    regime = replace(regimes.NORMAL, code=f"{place.area}-NORMAL")
    return Assessment(Certainty.NOT_POSSIBLE, (), nothing, nothing, regime, reasons=(reason,))


def _goods(
    case: LandedCase, place: Destination, regime: Regime, local: LocalValues, work: Work
) -> tuple[list[Goods], list[Rate]]:
    """Each line with its quantities and the measures that the regime lets through."""
    whole = sum(local.values, ZERO)
    goods: list[Goods] = []
    found_fees: list[Rate] = []
    tariff = None if case.measures is not None else stored.tariff()
    for line, value in zip(case.lines, local.values, strict=True):
        found = stated(case, line, place) if tariff is None else find(tariff, case, line, place, regime)
        if northern.is_there(case.ship_to):
            found = northern.found(tariff, case, line, found, regime)
        rates = let_through(found.rates, regime, line.hs_code)
        duty_free = regime.effect.get("duty", "normal") in {"none", "flat", "rate", "articles", "excess_rate"}
        free = {kind for kind in ("tax", "excise") if regime.effect.get(kind) == "none"}
        for reason, scope, hard in found.reasons:
            if (scope == "duty" and duty_free) or scope in free:
                continue
            (work.refuse if hard else work.doubt)(reason)
        work.warnings += found.warnings
        goods.append(Goods(line.reference, line.hs_code, value, _quantities(line), rates))
    if tariff is None:
        found_fees = list(stated_fees(case))
    elif regime.effect.get("fees") != "none":
        for fee in tariff.fees.get(place.area, ()):
            row, mode = fee.rule, case.mode or "courier"
            if (row.valid_from and case.on < row.valid_from) or (row.valid_to and case.on > row.valid_to):
                continue
            if (fee.mode and fee.mode not in {mode, {"ocean": "sea", "courier": "air"}.get(mode, mode)}) or (
                whole < fee.value_from or (fee.value_to is not None and whole > fee.value_to)
            ):
                continue
            found_fees.append(Rate("fee", fee.expression, fee.label, rule=fee.rule_on(case.on)))
    return goods, found_fees


def _quantities(line: GoodsLine) -> dict[str, Decimal]:
    """Everything that is counted on a line: declared quantities, weights, items."""
    found = dict(line.measured)
    if line.net_weight_kg is not None:
        found.setdefault("kilogram", line.net_weight_kg)
    if line.gross_weight_kg is not None:
        found.setdefault("gross_kilogram", line.gross_weight_kg)
    found.setdefault("item", line.quantity)
    return found


def _ceiling(goods: list[Goods]) -> list[Goods] | None:
    """The same goods with the dearest reading of every uncertain measure; None where all is sure."""
    if not any(rate.high is not None for line in goods for rate in line.rates):
        return None
    return [
        replace(
            line,
            rates=tuple(
                rate if rate.high is None else replace(rate, expression=rate.high) for rate in line.rates
            ),
        )
        for line in goods
    ]


def _chosen(line: Goods, kinds: tuple[str, ...]) -> list[Rate]:
    """The rates that lie inside a price: one way to pay duty and all that is added."""
    ways = [kind for kind in duty.OPTIONS if any(rate.kind == kind and rate.allowed for rate in line.rates)]
    way = ways[-1] if ways else ""
    return [
        rate
        for rate in line.rates
        if rate.kind in kinds and rate.allowed and (rate.kind not in duty.OPTIONS or rate.kind == way)
    ]


def _take_duty_out(
    goods: list[Goods],
    fees: list[Rate],
    rules: Rules,
    regime: Regime,
    local: LocalValues,
    currencies: Currencies,
) -> tuple[list[Goods], LocalValues]:
    """From a price that includes duty to the value before it."""
    included = regime.effect.get("includes_tax")
    kinds = duty.TAXES if included else (*duty.DUTIES, "excise", "fee")
    nothing = [ZERO] * len(goods)
    values = reversal.values_inside(
        [line.value for line in goods],
        [_chosen(line, kinds) for line in goods],
        [] if included else fees,
        rules,
        quantities=[{**line.quantities, "subheading": ONE, "entry": ONE} for line in goods],
        transport=nothing if included else duty.shares(goods, local.freight + local.insurance),
        per_currency=currencies,
    )
    out = [replace(line, value=value) for line, value in zip(goods, values, strict=True)]
    if regime.effect.get("includes_tax"):
        rate = next(
            (r.expression.fraction for line in goods for r in line.rates if r.kind in duty.TAXES), ZERO
        )
        local.freight, local.insurance = (
            local.freight / (ONE + (rate or ZERO)),
            local.insurance / (ONE + (rate or ZERO)),
        )
    elif rules.valuation == "CIF":
        local.freight = local.insurance = ZERO
    return out, local
