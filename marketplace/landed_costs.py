"""A landed-cost request from the outside: read, quoted, assessed, answered. Nothing is stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from catalog.models import Variant
from customs.assessment import LandedCase, assess
from customs.cases import BadRequest, FieldError, LandedRequest, LineRequest, load, parse
from customs.landed import Alternative, Assessment, Currencies
from logistics.insurance import actions as insurance
from logistics.insurance import premium as premiums
from logistics.options import Consignment, Piece, RouteOption, options
from marketplace.currency import rates
from marketplace.kit.explain import Certainty, Charge, PaperNeeded, Reason, RuleRef
from marketplace.kit.money import Money

ZERO = Decimal(0)
QUOTE_LASTS = timedelta(minutes=30)


@dataclass(slots=True)
class _Transport:
    """Freight and insurance, as given or as quoted, with what stands against a promise."""

    freight: Money
    insurance: Money
    onward: Money | None
    charges: tuple[Charge, ...] = ()
    option: RouteOption | None = None
    state: Certainty = Certainty.FIXED
    reasons: tuple[Reason, ...] = ()
    warnings: tuple[str, ...] = ()


def answer(raw: bytes | str, *, at: datetime) -> dict[str, Any]:
    """The answer to a request body; raises BadRequest with an entry per wrong field."""
    request = _with_catalogue(parse(load(raw), today=at.date()))
    stored = rates.current()
    per_euro: dict[tuple[str, str], Decimal] = {("EUR", code): rate for code, rate in stored.per_euro.items()}
    table = {**per_euro, **(request.exchange_rates or {})}
    currencies = Currencies(request.currency, table)
    missing = [
        money.currency
        for money in (request.freight, request.insurance, *(line.goods.value for line in request.lines))
        if money is not None and not _known(currencies, money.currency)
    ]
    if missing:
        words = _("There is no exchange rate from %(base)s to %(quote)s. Give it here.")
        detail = words % {"base": missing[0], "quote": request.currency}
        raise BadRequest([FieldError("exchange_rates", detail)])
    transport = _transport(request, currencies)
    case = LandedCase(
        on=request.on, ship_from=request.ship_from, ship_to=request.ship_to, currency=request.currency,
        lines=tuple(line.goods for line in request.lines), freight=transport.freight,
        insurance=transport.insurance, rates=table, buyer_kind=request.buyer_kind,
        buyer_tax_id=request.buyer_tax_id, terms=request.terms,
        mode=request.mode or (transport.option.mode if transport.option else None),
        registrations=request.registrations, onward_transport=transport.onward, measures=request.measures,
        rules=request.rules, year_spent=request.year_spent,
    )  # fmt: skip
    assessment = assess(case)
    goods = _goods_charges(request, currencies)
    carried = transport.charges
    if assessment.before_duty:
        *values, freight, cover = assessment.before_duty
        goods = tuple(replace(row, amount=value) for row, value in zip(goods, values, strict=True))
        inner = {"freight": freight, "insurance": cover}
        carried = tuple(replace(row, amount=inner.get(row.kind, row.amount)) for row in carried)
    state = Certainty.worst(assessment.state, transport.state)
    used = {money.currency for money in (transport.freight, *(line.goods.value for line in request.lines))}
    if request.exchange_rates is None and used - {request.currency}:
        state = Certainty.worst(state, stored.certainty(at.date()))
    charges = (*goods, *carried, *assessment.charges)
    return _body(request, assessment, transport, charges, state, at)


def _known(currencies: Currencies, currency: str) -> bool:
    try:
        currencies[currency]
    except KeyError:
        return False
    return True


def _with_catalogue(request: LandedRequest) -> LandedRequest:
    """Lines that name a SKU take from the catalogue what they do not say themselves."""
    wanted = {line.sku for line in request.lines if line.sku}
    if not wanted:
        return request
    found: Mapping[str, Variant] = {
        variant.sku: variant
        for variant in Variant.objects.filter(sku__in=wanted).select_related("product").distinct()
    }
    errors = [
        FieldError(f"lines[{index}].sku", _("This SKU is not in the catalogue."))
        for index, line in enumerate(request.lines)
        if line.sku and line.sku not in found
    ]
    if errors:
        raise BadRequest(errors)
    lines = tuple(_filled(line, found[line.sku]) if line.sku else line for line in request.lines)
    return replace(request, lines=lines)


def _filled(line: LineRequest, variant: Variant) -> LineRequest:
    goods, product, count = line.goods, variant.product, line.goods.quantity
    unit = line.unit_value or Money(variant.price_amount, variant.currency)
    measured = {name: Decimal(str(amount)) * count for name, amount in (variant.measured or {}).items()}
    if "alcohol_percent" in measured:
        measured["alcohol_percent"] /= count
    filled = replace(
        goods,
        hs_code=goods.hs_code or product.hs_code,
        origin=goods.origin if "origin" in line.given else product.origin,
        description=goods.description or product.customs_description,
        value=unit * count,
        net_weight_kg=goods.net_weight_kg
        if goods.net_weight_kg is not None
        else _times(variant.net_weight_kg, count),
        gross_weight_kg=goods.gross_weight_kg
        if goods.gross_weight_kg is not None
        else _times(variant.gross_weight_kg, count),
        measured={**measured, **goods.measured},
    )
    size = line.size_cm
    if size is None and variant.length_cm and variant.width_cm and variant.height_cm:
        size = (variant.length_cm, variant.width_cm, variant.height_cm)
    return replace(line, goods=filled, unit_value=unit, size_cm=size)


def _times(amount: Decimal | None, count: Decimal) -> Decimal | None:
    return None if amount is None else amount * count


def _transport(request: LandedRequest, currencies: Currencies) -> _Transport:
    """Freight and insurance as given; what is null is quoted where the goods can be measured."""
    nothing = Money(ZERO, request.currency)
    charges: list[Charge] = []

    def here(money: Money) -> Money:
        return Money(money.amount * currencies[money.currency], request.currency)

    result = _Transport(nothing, nothing, request.onward_transport)
    if request.freight is not None:
        result.freight = request.freight
        if request.freight.amount:
            charges.append(_given_charge("freight", _("Freight, as given"), here(request.freight)))
    else:
        _quote_freight(request, result, currencies)
        if result.option is not None:
            freight = here(result.option.price)
            label, certainty = result.option.label, result.option.certainty
            charges.append(Charge("freight", None, label, None, "", freight.rounded(), certainty))
            result.freight = freight
            if result.onward is None:
                result.onward = Money(ZERO, request.currency)
    if request.insurance is not None:
        result.insurance = request.insurance
        if request.insurance.amount:
            charges.append(_given_charge("insurance", _("Insurance, as given"), here(request.insurance)))
    elif result.option is not None:
        terms = insurance.cover_for(result.option.mode, "general", request.on)
        if terms is not None:
            worth = sum((here(line.goods.value).amount for line in request.lines), ZERO)
            bought = premiums.premium(Money(worth, request.currency).rounded(), terms, result.option.mode)
            result.insurance = here(bought.amount)
            charges.append(replace(bought.charge, kind="insurance", amount=result.insurance.rounded()))
    result.charges = tuple(charges)
    return result


def _given_charge(kind: str, label: str, amount: Money) -> Charge:
    return Charge(kind, None, label, None, "", amount.rounded(), rule=RuleRef("request", "", "the request"))


def _quote_freight(request: LandedRequest, result: _Transport, currencies: Currencies) -> None:
    pieces: list[Piece] = []
    for line in request.lines:
        goods = line.goods
        if line.size_cm is None or not goods.gross_weight_kg or not min(line.size_cm):
            words = _(
                "Freight is not included: give gross_weight_kg and size_cm of each line to have it quoted."
            )
            result.warnings = (words,)
            if request.measures is None:
                result.state = Certainty.ESTIMATE
            return
        count = max(1, int(goods.quantity))
        pieces.append(Piece(line.sku or goods.reference, count, goods.gross_weight_kg / count, line.size_cm))
    worth = sum(
        (line.goods.value.amount * currencies[line.goods.value.currency] for line in request.lines), ZERO
    )
    value = Money(worth, request.currency)
    found = options(
        Consignment(request.ship_from, request.ship_to, tuple(pieces), value, request.terms), request.on
    )
    usable = [option for option in found.options if _known(currencies, option.price.currency)]
    if not usable:
        result.state = Certainty.NOT_POSSIBLE
        result.reasons = found.refusals or (
            Reason(
                "no-route", _("There is no way to carry this parcel there."), _("Give the freight yourself.")
            ),
        )
        return
    result.option = min(usable, key=lambda option: option.price.amount * currencies[option.price.currency])
    result.state, result.warnings = result.option.certainty, result.option.warnings


def _goods_charges(request: LandedRequest, currencies: Currencies) -> tuple[Charge, ...]:
    """One line per goods line, in the currency of the answer."""
    return tuple(
        Charge(
            "goods", line.goods.reference, line.goods.description[:120] or _("Goods"), line.goods.value,
            "" if line.goods.value.currency == request.currency
            else f"1 {line.goods.value.currency} = {currencies[line.goods.value.currency].normalize():f} {request.currency}",  # noqa: E501
            Money(line.goods.value.amount * currencies[line.goods.value.currency], request.currency).rounded(),  # noqa: E501
        )
        for line in request.lines
    )  # fmt: skip


def _body(
    request: LandedRequest,
    assessment: Assessment,
    transport: _Transport,
    charges: tuple[Charge, ...],
    state: Certainty,
    at: datetime,
) -> dict[str, Any]:
    whole = sum((charge.amount.amount for charge in charges), ZERO)
    most = sum(((charge.at_most or charge.amount).amount for charge in charges), ZERO)
    regime = assessment.regime
    body: dict[str, Any] = {
        "state": state.value,
        "total": None if state is Certainty.NOT_POSSIBLE else _money(Money(whole, request.currency)),
        "valid_until": (at + QUOTE_LASTS).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "regime": {"code": regime.code, "label": regime.label, "legal_ref": regime.legal_ref},
        "customs_value": _money(assessment.customs_value),
        "tax_base": _money(assessment.tax_base),
        "charges": [_charge(charge) for charge in charges],
        "alternatives": [_alternative(found) for found in assessment.alternatives],
        "documents": [_paper(paper) for paper in assessment.papers],
        "warnings": [*assessment.warnings, *transport.warnings],
        "delivery": _delivery(transport.option),
    }
    reasons = (*assessment.reasons, *transport.reasons)
    if state is Certainty.ESTIMATE:
        body["at_most"] = _money(Money(most, request.currency))
    if reasons or state is Certainty.NOT_POSSIBLE:
        body["reasons"] = [
            {"code": found.code, "words": found.words, "way_out": found.way_out, "line": found.line}
            for found in reasons
        ]
    return body


def _money(money: Money | None) -> dict[str, str] | None:
    return None if money is None else {"amount": f"{money.amount:f}", "currency": money.currency}


def _rule(rule: RuleRef | None) -> dict[str, Any] | None:
    if rule is None:
        return None
    return {
        "id": rule.id,
        "legal_ref": rule.legal_ref,
        "source": rule.source,
        "valid_from": rule.valid_from.isoformat() if rule.valid_from else None,
        "valid_to": rule.valid_to.isoformat() if rule.valid_to else None,
    }


def _charge(charge: Charge) -> dict[str, Any]:
    return {
        "kind": charge.kind,
        "line": charge.line,
        "label": str(charge.label),
        "basis": _money(charge.basis),
        "rate": charge.rate,
        "amount": _money(charge.amount),
        "certainty": charge.certainty.value,
        "rule": _rule(charge.rule),
    }


def _alternative(found: Alternative) -> dict[str, Any]:
    return {
        "line": found.line,
        "kind": found.kind,
        "label": found.label,
        "rate": found.rate,
        "amount": _money(found.duty),
        "saving": _money(found.saving),
        "chosen": found.chosen,
        "allowed": found.allowed,
        "needs": list(found.papers),
        "rule": _rule(found.rule),
    }


def _paper(paper: PaperNeeded) -> dict[str, Any]:
    return {
        "code": paper.code,
        "label": paper.label,
        "line": paper.line,
        "mandatory": paper.mandatory,
        "rule": _rule(paper.rule),
    }


def _delivery(option: RouteOption | None) -> dict[str, Any] | None:
    if option is None:
        return None
    return {
        "earliest": option.earliest.isoformat(),
        "latest": option.latest.isoformat(),
        "legs": [
            {"from": leg.start, "to": leg.end, "mode": leg.mode, "days": [leg.days_min, leg.days_max]}
            for leg in option.legs
        ],
    }
