"""Landed costs as JSON and back: what was promised is kept exactly, amounts as decimal text."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from customs import record
from marketplace.kit.explain import Certainty, Charge, PaperNeeded, Reason, RuleRef
from marketplace.kit.money import Money, total
from marketplace.kit.places import Place
from orders.landed_cost import Delivery, FxLine, LandedCost, Preference, Start, planks_of


def dump_money(money: Money | None) -> dict[str, str] | None:
    return None if money is None else {"amount": format(money.amount, "f"), "currency": money.currency}


def load_money(data: dict[str, str] | None) -> Money | None:
    return None if data is None else Money(Decimal(data["amount"]), data["currency"])


def dump_rule(rule: RuleRef | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    return {
        "id": rule.id,
        "legal_ref": rule.legal_ref,
        "source": rule.source,
        "valid_from": rule.valid_from.isoformat() if rule.valid_from else None,
        "valid_to": rule.valid_to.isoformat() if rule.valid_to else None,
        "confidence": rule.confidence,
    }


def load_rule(data: dict[str, Any] | None) -> RuleRef | None:
    if data is None:
        return None
    days = {k: date.fromisoformat(data[k]) if data[k] else None for k in ("valid_from", "valid_to")}
    return RuleRef(data["id"], data["legal_ref"], data["source"], confidence=data["confidence"], **days)


def dump_charge(charge: Charge) -> dict[str, Any]:
    """Write one line of a price."""
    return {
        "kind": charge.kind,
        "line": charge.line,
        "label": charge.label,
        "basis": dump_money(charge.basis),
        "rate": charge.rate,
        "amount": dump_money(charge.amount),
        "certainty": str(charge.certainty),
        "rule": dump_rule(charge.rule),
        "at_most": dump_money(charge.at_most),
        "detail": charge.detail,
    }


def load_charge(data: dict[str, Any]) -> Charge:
    """Read one line of a price."""
    amount = load_money(data["amount"])
    assert amount is not None  # noqa: S101
    return Charge(
        data["kind"], data["line"], data["label"], load_money(data["basis"]), data["rate"], amount,
        Certainty(data["certainty"]), load_rule(data["rule"]), load_money(data["at_most"]), data["detail"],
    )  # fmt: skip


def dump_fx(line: FxLine) -> dict[str, Any]:
    return {
        "base": line.base, "quote": line.quote, "market": format(line.market, "f"),
        "rate": format(line.rate, "f"), "as_of": line.as_of.isoformat(), "source": line.source,
        "cost": dump_money(line.cost),
    }  # fmt: skip


def load_fx(data: dict[str, Any]) -> FxLine:
    cost = load_money(data["cost"])
    assert cost is not None  # noqa: S101
    return FxLine(
        data["base"], data["quote"], Decimal(data["market"]), Decimal(data["rate"]),
        date.fromisoformat(data["as_of"]), data["source"], cost,
    )  # fmt: skip


def dump_preference(used: Preference) -> dict[str, Any]:
    return {
        "line": used.line, "agreement": used.agreement, "paper": used.paper,
        "before": dump_money(used.before), "duty": dump_money(used.duty),
    }  # fmt: skip


def load_preference(data: dict[str, Any]) -> Preference:
    before, duty = load_money(data["before"]), load_money(data["duty"])
    assert before is not None  # noqa: S101
    assert duty is not None  # noqa: S101
    return Preference(data["line"], data["agreement"], data["paper"], before, duty)


def dump_delivery(delivery: Delivery | None) -> dict[str, Any] | None:
    if delivery is None:
        return None
    return {
        "code": delivery.code, "label": delivery.label, "mode": delivery.mode, "carrier": delivery.carrier,
        "earliest": delivery.earliest.isoformat(), "latest": delivery.latest.isoformat(),
        "legs": list(delivery.legs), "start": _dump_start(delivery.start),
    }  # fmt: skip


def load_delivery(data: dict[str, Any] | None) -> Delivery | None:
    if data is None:
        return None
    days = {k: date.fromisoformat(data[k]) for k in ("earliest", "latest")}
    return Delivery(
        data["code"], data["label"], data["mode"], data["carrier"], days["earliest"], days["latest"],
        tuple(data["legs"]), _load_start(data.get("start")),
    )  # fmt: skip


def _dump_start(start: Start | None) -> dict[str, str] | None:
    """Write the store; the words of an order's delivery are these, too."""
    if start is None:
        return None
    place = start.place
    return {
        "warehouse": start.name, "country": place.country, "town": place.town, "status": start.customs_status
    }  # fmt: skip


def _load_start(data: dict[str, str] | None) -> Start | None:
    if not data:
        return None
    place = Place(data["country"], "", data["town"])
    return Start(place, data["warehouse"], data.get("status", "bonded"))


def dump(cost: LandedCost) -> dict[str, Any]:
    """Write a landed cost with every line."""
    return {
        "state": str(cost.state),
        "currency": cost.currency,
        "terms": cost.terms,
        "charges": [dump_charge(c) for c in cost.charges],
        "later": [dump_charge(c) for c in cost.later],
        "delivery": dump_delivery(cost.delivery),
        "fx": [dump_fx(line) for line in cost.fx],
        "papers": [[p.code, p.label, p.line, p.mandatory, None, p.facts] for p in cost.papers],
        "reasons": [[r.code, r.words, r.way_out] for r in cost.reasons],
        "warnings": [str(w) for w in cost.warnings],
        "preferences": [dump_preference(used) for used in cost.preferences],
        "regime": cost.regime,
        "quantity": cost.quantity,
        "at_most": dump_money(cost.at_most),
        "insured": dump_money(cost.insured),
        "valid_until": cost.valid_until.isoformat() if cost.valid_until else None,
        "customs": _record(cost.worked),
    }


def _record(worked: Any) -> dict[str, Any] | None:
    """The rows that duty was made of; a cost that was read back holds them as they were kept."""
    return worked if worked is None or isinstance(worked, dict) else record.dump(worked)


def load(data: dict[str, Any]) -> LandedCost:
    """Read a landed cost; the total is summed again from its lines."""
    charges = tuple(load_charge(c) for c in data["charges"])
    currency = data["currency"]
    return LandedCost(
        state=Certainty(data["state"]),
        currency=currency,
        total=total((c.amount for c in charges), currency),
        at_most=load_money(data["at_most"]),
        charges=charges,
        planks=planks_of(charges, currency),
        terms=data["terms"],
        later=tuple(load_charge(c) for c in data["later"]),
        delivery=load_delivery(data["delivery"]),
        fx=tuple(load_fx(line) for line in data["fx"]),
        papers=tuple(PaperNeeded(*row) for row in data["papers"]),
        reasons=tuple(Reason(*row) for row in data["reasons"]),
        warnings=tuple(data["warnings"]),
        regime=data["regime"],
        preferences=tuple(load_preference(used) for used in data.get("preferences", ())),
        quantity=data["quantity"],
        insured=load_money(data["insured"]),
        valid_until=datetime.fromisoformat(data["valid_until"]) if data["valid_until"] else None,
        worked=data.get("customs"),
    )
