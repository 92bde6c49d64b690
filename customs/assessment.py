"""Assess a case: choose the regime, find the measures in force, calculate, and say how sure it is."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from customs import duty, expressions, lanes, northern, regimes, reversal, stored
from customs.duty import Goods, Option, Rate, Result, Rules, Taken
from customs.expressions import NotExpressible
from customs.finding import Found, find, national_part
from customs.landed import (
    Alternative,
    Assessment,
    Currencies,
    GivenMeasure,
    GivenRules,
    GoodsLine,
    LandedCase,
    Worked,
)
from customs.passage import asked_of, inside_sale, let_through
from customs.record import presented
from customs.regimes import Destination, Parcel, Regime
from marketplace.kit.explain import Certainty, Charge, PaperNeeded, Reason, RuleRef
from marketplace.kit.money import MINOR_UNITS, Money

__all__ = ["Assessment", "GivenMeasure", "GivenRules", "GoodsLine", "LandedCase", "assess"]

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)
# What an uncertain amount may grow by; the ceiling of an estimate.
BUFFER: Final = Decimal("1.15")


@dataclass(slots=True)
class _Work:
    """What is gathered on the way."""

    reasons: list[Reason]
    warnings: list[str]
    state: Certainty = Certainty.FIXED

    def refuse(self, reason: Reason) -> None:
        self.state = Certainty.NOT_POSSIBLE
        self.reasons.append(reason)

    def doubt(self, reason: Reason) -> None:
        self.state = Certainty.worst(self.state, Certainty.ESTIMATE)
        self.reasons.append(reason)


def assess(case: LandedCase) -> Assessment:
    """Duty and tax of a case from stored rows, or from the measures and rules that it states."""
    place = regimes.plain(case.ship_to.country)
    given = case.rules or GivenRules()
    place = _reachable(case, place)
    currencies = Currencies(place.rules.currency, case.rates)
    work = _Work([], [])
    try:
        local = _LocalValues(case, place, currencies)
    except KeyError as problem:
        return _no_rate(case, place, str(problem.args[0]))
    if regimes.destination(case.ship_to.country) is None and case.measures is None:
        work.refuse(
            Reason(
                "destination-unknown", _("We have no tariff of this country."), _("Choose another country.")
            )
        )
    regime = _regime(case, place, local, currencies, given, work)
    rules = _rules(place, regime, given)
    if "franchise" in regime.effect:
        rules = _over_franchise(rules, regime, local, currencies)
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
        _answer(case, place, regime, rules, result, variants[-1], currencies, work),
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


def _over_franchise(rules: Rules, regime: Regime, local: _LocalValues, currencies: Currencies) -> Rules:
    """Duty is due on the part of the value above the franchise only."""
    franchise = regime.effect["franchise"]
    free = Decimal(franchise["amount"]) * currencies[franchise["currency"]]
    whole = sum(local.values, ZERO)
    share = max(ZERO, whole - free) / whole if whole else ZERO
    return replace(rules, duty_share=share, fee_share=share)


class _LocalValues:
    """The case's amounts in the destination's currency."""

    __slots__ = ("freight", "insurance", "onward", "values")

    def __init__(self, case: LandedCase, place: Destination, currencies: Currencies) -> None:
        def local(money: Money | None) -> Decimal:
            if money is None or not money.amount:
                return ZERO
            return money.amount * currencies[money.currency]

        if case.currency != place.rules.currency:
            currencies[case.currency]
        self.values = [local(line.value) for line in case.lines]
        self.freight, self.insurance = local(case.freight), local(case.insurance)
        self.onward = local(case.onward_transport)


def _no_rate(case: LandedCase, place: Destination, currency: str) -> Assessment:
    nothing = Money(ZERO, case.currency)
    words = _("There is no exchange rate of %(currency)s.") % {"currency": currency}
    reason = Reason("no-exchange-rate", words, _("Give the rate in the request, or choose another currency."))
    regime = replace(regimes.NORMAL, code=f"{place.area}-NORMAL")
    return Assessment(Certainty.NOT_POSSIBLE, (), nothing, nothing, regime, reasons=(reason,))


def _regime(
    case: LandedCase,
    place: Destination,
    local: _LocalValues,
    currencies: Currencies,
    given: GivenRules,
    work: _Work,
) -> Regime:
    if given.regime is not None:
        if given.regime.lower() == "none":
            return replace(regimes.NORMAL, code="none", label=_("Normal import, as the request asks"))
        found = regimes.named(place.area, given.regime)
        if found is not None:
            return found
        work.refuse(
            Reason("regime-unknown", _("This regime is not known."), _("Use one of the listed codes."))
        )
    if case.free_circulation:
        if place.area not in regimes.DEEMED_SUPPLIER or case.buyer_kind != "consumer":
            work.doubt(inside_sale())
        return regimes.domestic(place.area)
    deflate = ONE
    if given.price_includes_duty and place.area in {"AU", "NZ", "SG", "NO"}:
        tariff = stored.tariff() if case.measures is None else None
        standard = tariff.taxes.get((place.country, "")) if tariff else None
        rates = [m.expression for m in case.measures or () if m.kind in duty.TAXES]
        read = expressions.read(rates[0]) if rates else (standard[0] if standard else None)
        deflate = ONE + ((read.fraction or ZERO) if read else ZERO)
    quantities = [line.quantity or ONE for line in case.lines]
    parcel = Parcel(
        on=case.on,
        ship_from=case.ship_from.country,
        buyer_kind=case.buyer_kind,
        tax_id=bool(case.buyer_tax_id),
        mode=case.mode,
        registrations=frozenset(case.registrations),
        goods_value=sum(local.values, ZERO) / deflate,
        freight=local.freight,
        insurance=local.insurance,
        highest_item=max(
            (value / quantity for value, quantity in zip(local.values, quantities, strict=True)), default=ZERO
        )
        / deflate,
        codes=tuple(line.hs_code for line in case.lines),
        year_spent=case.year_spent.amount * currencies[case.year_spent.currency] if case.year_spent else ZERO,
    )
    try:
        return regimes.choose(place, parcel, lambda amount, currency: amount * currencies[currency])
    except KeyError as problem:
        words = _("The limits of low-value parcels are in %(currency)s, for which there is no exchange rate.")
        way = _("Give the rate in the request.")
        work.refuse(Reason("no-exchange-rate", words % {"currency": problem.args[0]}, way))
        return replace(regimes.NORMAL, code=f"{place.area}-NORMAL", destination=place.area)


def _rules(place: Destination, regime: Regime, given: GivenRules) -> Rules:
    """The destination's rules, changed by the regime, changed by the case."""
    rules, effect = place.rules, regime.effect
    changes: dict[str, object] = {}
    if "tax_share" in effect:
        changes["tax_share"] = Decimal(effect["tax_share"])
    if "floor" in effect:
        changes["tax_floor"] = Decimal(effect["floor"])
        changes["tax_floor_is_due"] = bool(effect.get("floor_is_due"))
        if effect.get("floor_of") == "tax":
            changes["tax_floor_kinds"] = frozenset({*duty.TAXES, "consumption_tax"})
    if "value_places" in effect:
        changes["value_places"] = int(effect["value_places"])
    if effect.get("tax_on_goods_only"):
        changes["tax_on_goods_only"] = True
    if given.valuation:
        changes["valuation"] = "CIF" if given.valuation == "CIF" else "FOB"
    if given.rounding:
        changes["rounding"] = given.rounding
        changes["excise_rounding"] = None
    if given.tax_base is not None:
        changes["tax_base"] = given.tax_base
        changes["tax_on_goods_only"] = False
    if given.uplift_percent is not None:
        changes["uplift"] = given.uplift_percent / 100
    return replace(rules, **changes) if changes else rules  # type: ignore[arg-type]


def _goods(
    case: LandedCase, place: Destination, regime: Regime, local: _LocalValues, work: _Work
) -> tuple[list[Goods], list[Rate]]:
    """Each line with its quantities and the measures that the regime lets through."""
    whole = sum(local.values, ZERO)
    goods: list[Goods] = []
    found_fees: list[Rate] = []
    tariff = None if case.measures is not None else stored.tariff()
    for line, value in zip(case.lines, local.values, strict=True):
        found = _given(case, line, place) if tariff is None else find(tariff, case, line, place, regime)
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
        found_fees = [
            Rate("fee", expressions.read(m.expression), m.label or _("fee"), m.base, rule=_request_rule(m))
            for m in case.measures or ()
            if m.kind == "fee" and m.line is None and _readable(m)
        ]
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


def _readable(measure: GivenMeasure) -> bool:
    try:
        expressions.read(measure.expression)
    except NotExpressible:
        return False
    return True


def _request_rule(measure: GivenMeasure) -> RuleRef:
    return RuleRef(f"request-{measure.kind}", "", "the request")


def _given(case: LandedCase, line: GoodsLine, place: Destination) -> Found:
    """The measures that the case states for a line."""
    rates: list[Rate] = []
    reasons: list[tuple[Reason, str, bool]] = []
    mine = [m for m in case.measures or () if m.line in {None, line.reference}]
    standard = any(m.kind == "third_country_duty" for m in mine)
    for measure in mine:
        if measure.kind == "fee" and measure.line is None:
            continue
        try:
            read = expressions.read(measure.expression)
        except NotExpressible as problem:
            words = _("The rate “%(text)s” cannot be computed: %(reason)s.")
            reason = Reason(
                "not-expressible",
                words % {"text": measure.expression, "reason": problem.reason},
                _("Write the rate as a percentage or an amount per unit."),
                line.reference,
            )
            reasons.append((reason, "tax" if measure.kind in duty.TAXES else "duty", True))
            continue
        inside = measure.inside
        if inside is None:
            inside = (measure.kind == "consumption_tax" and place.consumption_inside) or (
                measure.kind in duty.TAXES and place.tax_inside
            )
        proof = measure.kind != "preference" or not standard or bool(line.evidence)
        rates.append(
            Rate(measure.kind, read, measure.label, measure.base, inside, _request_rule(measure), allowed=proof,  # noqa: E501
                 papers=("proof of origin",) if measure.kind == "preference" else ())
        )  # fmt: skip
    return Found(tuple(national_part(place, rates)), tuple(reasons), ())


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
    local: _LocalValues,
    currencies: Currencies,
) -> tuple[list[Goods], _LocalValues]:
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


def _answer(
    case: LandedCase,
    place: Destination,
    regime: Regime,
    rules: Rules,
    result: Result,
    high: Result,
    currencies: Currencies,
    work: _Work,
) -> Assessment:
    same = case.currency == rules.currency
    money = presented(rules, case.currency, currencies)

    def shown(exact: Decimal) -> Money:
        return Money(rules.rounding.of(exact), case.currency) if same else money(exact, None)

    # The dearest reading may choose another way to pay duty: all ways are one part of the price.
    highs = {(row.kind in duty.OPTIONS or row.kind, row.line, n): row for n, row in enumerate(high.taken)}
    charges: list[Charge] = []
    for index, row in enumerate(result.taken):
        certainty = _certainty(row)
        amount = money(row.exact, row.printed)
        above = highs.get((row.kind in duty.OPTIONS or row.kind, row.line, index), row)
        most = max((amount, money(above.exact, above.printed)), key=lambda found: found.amount)
        if certainty is not Certainty.FIXED and most.amount == amount.amount:
            most = (amount * BUFFER).rounded()
        if most.amount > amount.amount:
            certainty = Certainty.worst(certainty, Certainty.ESTIMATE)
        work.state = Certainty.worst(work.state, certainty)
        charges.append(
            Charge(
                row.kind, row.line, row.label, shown(row.basis), row.rate, amount, certainty, row.rule, most
            )
        )
    papers = _papers(case, place, work)
    return Assessment(
        work.state,
        tuple(charges),
        shown(result.customs_value),
        shown(result.tax_base),
        regime,
        tuple(_alternative(option, money) for option in result.options),
        papers,
        tuple(work.reasons),
        tuple(dict.fromkeys(work.warnings)),
    )


def _alternative(option: Option, money: object) -> Alternative:
    return Alternative(
        option.line, option.kind, option.label, option.rate,
        money(option.duty, option.duty), money(option.saving, option.saving),  # type: ignore[operator]
        option.chosen, option.allowed, option.papers, option.rule,
    )  # fmt: skip


def _certainty(row: Taken) -> Certainty:
    if row.rule is None or row.rule.confidence == "read":
        return Certainty.FIXED
    return Certainty.ESTIMATE


def _papers(case: LandedCase, place: Destination, work: _Work) -> tuple[PaperNeeded, ...]:
    """Documents and prohibitions of the lane."""
    if case.measures is not None:
        return ()
    if place.country in lanes.EMBARGOED:
        words = _("We do not ship to this country.")
        work.refuse(Reason("embargo", words, _("Choose another destination.")))
    tariff = stored.tariff()
    found: list[PaperNeeded] = []
    for line in case.lines:
        origins = tariff.origins(line.origin, case.on)
        for area in dict.fromkeys((place.area, place.country)):
            for rule in asked_of(case, tariff.restrictions.get(area, ())):
                if not lanes.concerns(rule.code, rule.origin_area, line.hs_code, origins):
                    continue
                if not lanes.in_force(rule.rule.valid_from, rule.rule.valid_to, case.on):
                    continue
                if rule.kind == "prohibition":
                    words = _("These goods may not be imported: %(text)s") % {"text": rule.text}
                    way = _("Choose another destination or another product.")
                    work.refuse(Reason("prohibited", words, way, line.reference, rule.rule))
                elif rule.kind == lanes.WATCHED:
                    work.warnings.append(_("Customs watches these goods: %(text)s") % {"text": rule.text})
                else:
                    kind = {"kind": str(lanes.KINDS.get(rule.kind, rule.kind))}
                    found.append(
                        PaperNeeded(
                            rule.rule.id,
                            rule.text,
                            line.reference,
                            mandatory=True,
                            rule=rule.rule,
                            facts=kind,
                        )
                    )
    return tuple(found)
