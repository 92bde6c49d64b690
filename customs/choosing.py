"""Which regime a parcel falls under, and the destination's rules as regime and case change them."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from customs import duty, expressions, regimes, stored
from customs.duty import Rules
from customs.landed import Currencies, GivenRules, LandedCase, Work
from customs.passage import inside_sale
from customs.regimes import Destination, Parcel, Regime
from marketplace.kit.explain import Reason
from marketplace.kit.money import Money

ZERO: Final = Decimal(0)
ONE: Final = Decimal(1)


class LocalValues:
    """The case's amounts in the destination's currency; KeyError names one without a rate."""

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


def regime_of(
    case: LandedCase,
    place: Destination,
    local: LocalValues,
    currencies: Currencies,
    given: GivenRules,
    work: Work,
) -> Regime:
    """Choose the regime: the one that the case names, that of goods inside, or by the parcel's limits."""
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


def rules_of(place: Destination, regime: Regime, given: GivenRules) -> Rules:
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


def over_franchise(rules: Rules, regime: Regime, local: LocalValues, currencies: Currencies) -> Rules:
    """Duty is due on the part of the value above the franchise only."""
    franchise = regime.effect["franchise"]
    free = Decimal(franchise["amount"]) * currencies[franchise["currency"]]
    whole = sum(local.values, ZERO)
    share = max(ZERO, whole - free) / whole if whole else ZERO
    return replace(rules, duty_share=share, fee_share=share)
