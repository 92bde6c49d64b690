"""Measures that a case states for itself, instead of those in the tables."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _

from customs import duty, expressions
from customs.duty import Rate
from customs.expressions import NotExpressible
from customs.finding import Found, national_part
from customs.landed import GivenMeasure, GoodsLine, LandedCase
from customs.regimes import Destination
from marketplace.kit.explain import Reason, RuleRef


def stated(case: LandedCase, line: GoodsLine, place: Destination) -> Found:
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


def stated_fees(case: LandedCase) -> Iterator[Rate]:
    """The fees of the whole consignment that the case states."""
    for measure in case.measures or ():
        if measure.kind == "fee" and measure.line is None and _readable(measure):
            words, read = measure.label or _("fee"), expressions.read(measure.expression)
            yield Rate("fee", read, words, measure.base, rule=_request_rule(measure))


def _readable(measure: GivenMeasure) -> bool:
    try:
        expressions.read(measure.expression)
    except NotExpressible:
        return False
    return True


def _request_rule(measure: GivenMeasure) -> RuleRef:
    return RuleRef(f"request-{measure.kind}", "", "the request")
