"""The answer of an assessment: charges with their certainty and ceiling, papers, prohibitions, reasons."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from django.utils.translation import gettext as _

from customs import duty, lanes, stored
from customs.duty import Option, Result, Rules, Taken
from customs.landed import Alternative, Assessment, Currencies, LandedCase, Work
from customs.passage import asked_of
from customs.record import presented
from customs.regimes import Destination, Regime
from marketplace.kit.explain import Certainty, Charge, PaperNeeded, Reason
from marketplace.kit.money import Money

# What an uncertain amount may grow by; the ceiling of an estimate.
BUFFER: Final = Decimal("1.15")


def answered(
    case: LandedCase,
    place: Destination,
    regime: Regime,
    rules: Rules,
    result: Result,
    high: Result,
    currencies: Currencies,
    work: Work,
) -> Assessment:
    """Write the result in the case's currency; `high` is the dearest reading of what is uncertain."""
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


def _papers(case: LandedCase, place: Destination, work: Work) -> tuple[PaperNeeded, ...]:
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
