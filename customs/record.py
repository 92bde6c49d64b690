"""The rows a price was made of, kept with the quote: years later the same cents come out of them.

A record holds the case, the measures as they were read (rate, base, source, days), the rules of the regime
and the exchange rates. Nothing of it is looked up again; a changed tariff does not change an old quote.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from customs import duty, expressions
from customs.duty import Goods, Rate, Rounding, Rules
from customs.landed import GoodsLine, LandedCase, Worked
from marketplace.kit.explain import RuleRef
from marketplace.kit.money import Money
from marketplace.kit.places import Place

FORM = 1
ONE = Decimal(1)


@dataclass(frozen=True, slots=True)
class Amount:
    """One line of a recomputed price."""

    kind: str
    line: str | None
    amount: Money


def presented(
    rules: Rules, currency: str, currencies: Mapping[str, Decimal]
) -> Callable[[Decimal, Decimal | None], Money]:
    """How an exact amount of the destination's currency stands in the answer's currency."""
    same = currency == rules.currency
    into = ONE if same else ONE / currencies[currency]

    def money(exact: Decimal, printed: Decimal | None = None) -> Money:
        if same:
            return Money(exact if printed is None else printed, currency)
        shown = printed if rules.total_step and printed is not None else exact
        return Money(shown * into, currency).rounded()

    return money


def recompute(data: Mapping[str, Any]) -> tuple[Amount, ...]:
    """The duty and tax of a record, calculated again from the rows that it holds."""
    worked = load(data)
    result = duty.calculate(
        worked.goods, worked.rules, freight=worked.freight, insurance=worked.insurance, onward=worked.onward,
        per_currency=worked.currencies, fees=worked.fees,
    )  # fmt: skip
    money = presented(worked.rules, worked.case.currency, worked.currencies)
    return tuple(Amount(row.kind, row.line, money(row.exact, row.printed)) for row in result.taken)


def dump(worked: Worked) -> dict[str, Any]:
    """A record as JSON; amounts as decimal text."""
    case, rules = worked.case, worked.rules
    used = {case.currency, rules.currency, *(line.value.currency for line in case.lines)}
    return {
        "form": FORM,
        "case": {
            "on": case.on.isoformat(), "from": _place(case.ship_from), "to": _place(case.ship_to),
            "currency": case.currency, "buyer": case.buyer_kind, "tax_id": case.buyer_tax_id,
            "terms": case.terms, "mode": case.mode, "registrations": list(case.registrations),
            "freight": _money(case.freight), "insurance": _money(case.insurance),
            "onward": _money(case.onward_transport) if case.onward_transport else None,
            "lines": [_goods_line(line) for line in case.lines],
        },
        "goods": [
            {
                "reference": line.reference, "code": line.code, "value": str(line.value),
                "quantities": {name: str(amount) for name, amount in line.quantities.items()},
                "rates": [_rate(rate) for rate in line.rates],
            }
            for line in worked.goods
        ],
        "fees": [_rate(rate) for rate in worked.fees],
        "rules": _rules(rules),
        "freight": str(worked.freight), "insurance": str(worked.insurance), "onward": str(worked.onward),
        "currencies": {
            name: str(rate)
            for name, rate in worked.currencies.items()
            if name in used or name in _printed(worked)
        },
    }  # fmt: skip


def _printed(worked: Worked) -> set[str]:
    """Currencies in which a rate is printed."""
    found: set[str] = set()
    for rate in (*(rate for line in worked.goods for rate in line.rates), *worked.fees):
        for node in rate.expression.root.walk():
            found.add(getattr(node, "currency", ""))
    return found


def load(data: Mapping[str, Any]) -> Worked:
    """A record read back."""
    case = data["case"]
    currencies = {name: Decimal(rate) for name, rate in data["currencies"].items()}
    rules = data["rules"]
    own = rules["currency"]
    return Worked(
        case=LandedCase(
            on=date.fromisoformat(case["on"]), ship_from=Place(*case["from"]), ship_to=Place(*case["to"]),
            currency=case["currency"], lines=tuple(_line_of(line) for line in case["lines"]),
            freight=_money_of(case["freight"]), insurance=_money_of(case["insurance"]),
            rates={(name, own): rate for name, rate in currencies.items() if name != own},
            buyer_kind=case["buyer"], buyer_tax_id=case["tax_id"], terms=case["terms"], mode=case["mode"],
            registrations=tuple(case["registrations"]),
            onward_transport=_money_of(case["onward"]) if case["onward"] else None,
        ),
        goods=tuple(
            Goods(
                line["reference"], line["code"], Decimal(line["value"]),
                {name: Decimal(amount) for name, amount in line["quantities"].items()},
                tuple(_rate_of(rate) for rate in line["rates"]),
            )
            for line in data["goods"]
        ),
        fees=tuple(_rate_of(rate) for rate in data["fees"]),
        rules=_rules_of(rules),
        freight=Decimal(data["freight"]), insurance=Decimal(data["insurance"]),
        onward=Decimal(data["onward"]),
        currencies=currencies,
    )  # fmt: skip


def _place(place: Place) -> list[str]:
    return [place.country, place.postal_code, place.town, place.region]


def _money(money: Money) -> list[str]:
    return [str(money.amount), money.currency]


def _money_of(data: list[str]) -> Money:
    return Money(Decimal(data[0]), data[1])


def _goods_line(line: GoodsLine) -> dict[str, Any]:
    return {
        "reference": line.reference, "hs_code": line.hs_code, "origin": line.origin,
        "description": line.description, "quantity": str(line.quantity), "value": _money(line.value),
        "net": None if line.net_weight_kg is None else str(line.net_weight_kg),
        "gross": None if line.gross_weight_kg is None else str(line.gross_weight_kg),
        "measured": {name: str(amount) for name, amount in line.measured.items()},
        "evidence": list(line.evidence),
    }  # fmt: skip


def _line_of(data: Mapping[str, Any]) -> GoodsLine:
    return GoodsLine(
        data["reference"], data["hs_code"], data["origin"], data["description"], Decimal(data["quantity"]),
        _money_of(data["value"]), None if data["net"] is None else Decimal(data["net"]),
        None if data["gross"] is None else Decimal(data["gross"]),
        {name: Decimal(amount) for name, amount in data["measured"].items()}, tuple(data["evidence"]),
    )  # fmt: skip


def _rate(rate: Rate) -> dict[str, Any]:
    rule = rate.rule
    return {
        "kind": rate.kind, "expression": rate.expression.text, "label": str(rate.label),
        "base": list(rate.base), "inside": rate.inside, "caps": rate.caps, "allowed": rate.allowed,
        "papers": [str(paper) for paper in rate.papers],
        "rule": None if rule is None else [
            rule.id, rule.legal_ref, rule.source, rule.valid_from and rule.valid_from.isoformat(),
            rule.valid_to and rule.valid_to.isoformat(), rule.confidence,
        ],
    }  # fmt: skip


def _rate_of(data: Mapping[str, Any]) -> Rate:
    rule = data["rule"]
    days = [date.fromisoformat(day) if day else None for day in rule[3:5]] if rule else []
    return Rate(
        data["kind"], expressions.read(data["expression"]), data["label"], tuple(data["base"]),
        data["inside"],
        RuleRef(rule[0], rule[1], rule[2], days[0], days[1], rule[5]) if rule else None, data["caps"],
        data["allowed"], tuple(data["papers"]),
    )  # fmt: skip


_AMOUNTS = (
    "uplift", "value_step", "tax_step", "total_step", "local_tax_ratio", "duty_share", "tax_share",
    "tax_floor", "fee_share",
)  # fmt: skip
_PLAIN = (
    "currency", "valuation", "alcohol_rounds_down", "tax_on_goods_only", "allocation", "tax_floor_is_due",
    "value_places",
)  # fmt: skip


def _rules(rules: Rules) -> dict[str, Any]:
    cut = rules.excise_rounding
    return {
        **{name: str(getattr(rules, name)) for name in _AMOUNTS},
        **{name: getattr(rules, name) for name in _PLAIN},
        "tax_base": list(rules.tax_base),
        "rounding": [rules.rounding.places, rules.rounding.mode],
        "excise_rounding": None if cut is None else [cut.places, cut.mode],
        "tax_floor_kinds": None if rules.tax_floor_kinds is None else sorted(rules.tax_floor_kinds),
    }


def _rules_of(data: Mapping[str, Any]) -> Rules:
    given: dict[str, Any] = {name: Decimal(data[name]) for name in _AMOUNTS}
    given.update({name: data[name] for name in _PLAIN})
    return Rules(
        **given,
        tax_base=tuple(data["tax_base"]),
        rounding=Rounding(*data["rounding"]),
        excise_rounding=Rounding(*data["excise_rounding"]) if data["excise_rounding"] else None,
        tax_floor_kinds=None if data["tax_floor_kinds"] is None else frozenset(data["tax_floor_kinds"]),
    )
