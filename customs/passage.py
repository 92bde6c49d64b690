"""What a regime does to the measures of a line: lets them through, takes them away, adds its own."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext as _

from customs import duty, expressions
from customs.duty import Rate
from customs.landed import LandedCase
from customs.regimes import Regime
from customs.stored import Rule
from marketplace.kit.explain import Reason


def let_through(rates: tuple[Rate, ...], regime: Regime, code: str) -> tuple[Rate, ...]:
    """The measures that a regime lets through, and those that it adds."""
    effect = regime.effect
    way = effect.get("duty", "normal")
    found = list(rates)
    if way not in {"normal", "excess"}:
        kept = effect.get("or", ())
        found = [
            rate for rate in found if rate.kind not in duty.DUTIES or (rate.kind in kept and rate.allowed)
        ]
    if way == "none":
        zero = expressions.read("Free")
        found.insert(
            0, Rate("third_country_duty", zero, _("Free of duty: ") + regime.label, rule=regime.rule)
        )
    elif way in {"flat", "rate"}:
        text = effect["flat" if way == "flat" else "rate"]
        found.insert(0, Rate("third_country_duty", expressions.read(text), regime.label, rule=regime.rule))
    elif way in {"articles", "excess_rate"}:
        text = effect.get("excess_rate") or articles_rate(code)
        found.insert(0, Rate("third_country_duty", expressions.read(text), regime.label, rule=regime.rule))
    if effect.get("excise") == "none":
        # Paid when the goods were released; Japan's consumption tax is its value added tax and stays.
        gone = {"excise"} if regime.destination == "JP" else {"excise", "consumption_tax"}
        found = [rate for rate in found if rate.kind not in gone]
    if effect.get("tax") == "none":
        found = [rate for rate in found if rate.kind not in {*duty.TAXES, "consumption_tax"}]
    if "tax_rate" in effect and not any(rate.kind in duty.TAXES for rate in found):
        found.append(Rate("sales_tax", expressions.read(effect["tax_rate"]), regime.label, rule=regime.rule))
    return tuple(found)


def articles_rate(code: str) -> str:
    """China's tax on personal articles: 13% food and books, 50% alcohol, tobacco and make-up, else 20%."""
    if code.startswith(("2203", "2204", "2205", "2206", "2208", "24", "3303", "3304", "7113")):
        return "50%"
    return "13%" if code[:2] <= "22" or code.startswith(("49", "8471", "8517")) else "20%"


def asked_of(case: LandedCase, rules: Iterable[Rule]) -> list[Rule]:
    """The rules of an import; of goods that came in before, only prohibitions are left."""
    return [rule for rule in rules if not case.free_circulation or rule.kind == "prohibition"]


def inside_sale() -> Reason:
    """Why the tax of a sale inside a country is an estimate where we have not read who declares it."""
    words = _("The goods lie in the country already. Who declares the tax of this sale is not fixed.")
    return Reason("domestic-sale", words, _("The tax is charged at the country's own rate."))
