"""The delivered price of goods: asks each room below once and composes the answer. Writes nothing.

Rates, tariff and network are snapshots kept by their rooms, so a warm estimate reads no table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from catalog.models import Variant
from catalog.pricing import unit_price
from customs import proofs
from customs.assessment import Assessment, LandedCase, assess
from logistics.insurance.actions import cover_for
from logistics.insurance.premium import premium
from logistics.options import DAY_IS_WORTH, OptionSet, RouteOption, options
from marketplace.currency import rates
from marketplace.currency.table import Tier
from marketplace.kit.explain import Certainty, Charge, PaperNeeded, Reason
from marketplace.kit.money import Money, total
from marketplace.kit.places import Place
from orders.asked import QuoteRequest, consignment_of, goods_class, goods_lines, papers_of, sent_from
from orders.landed_cost import (
    Delivery,
    GoodsPart,
    LandedCost,
    Option,
    Preference,
    added,
    compose,
    fx_lines,
    marked,
    refused,
)


class Crosses(Mapping[tuple[str, str], Decimal]):
    """Exchange rates of one table, worked out when asked."""

    def __init__(self, table: rates.RateTable) -> None:
        self._table = table

    def __getitem__(self, pair: tuple[str, str]) -> Decimal:
        try:
            return self._table.cross(*pair)
        except rates.NoRate as missing:
            raise KeyError(pair) from missing

    def __iter__(self) -> Iterator[tuple[str, str]]:
        known = list(self._table.per_euro)
        return ((base, quote) for base in known for quote in known)

    def __len__(self) -> int:
        return len(self._table.per_euro) ** 2


def estimate(request: QuoteRequest) -> LandedCost:
    """Give the delivered price of one seller's goods, or the reasons why there is none."""
    if missing := _missing_data(request):
        return refused(request.currency, missing, request.terms)
    table = rates.current()
    try:
        parts = _goods(request)
        ways = _options(request, table)
    except rates.NoRate:
        words = _("There is no exchange rate for this currency. Choose another currency.")
        return refused(request.currency, [Reason("no-rate", words)], request.terms)
    if not ways.options:
        return refused(request.currency, ways.refusals or [_no_way()], request.terms)
    terms, offered, warning = _payable(request.terms, ways.options)
    chosen = next((o for o in offered if o.code == request.option_code), None) or _best(
        request, parts, offered, table
    )
    cost = _priced(replace(request, terms=terms), parts, chosen, table)
    shown = tuple(
        _option(
            way,
            chosen,
            _priced(replace(request, terms=terms), parts, way, table).total
            if request.every_option and way is not chosen
            else (cost.total if way is chosen else None),
        )
        for way in offered
    )
    if request.every_option:
        day = min(table.convert(way.price, request.currency).amount for way in offered) * DAY_IS_WORTH
        shown = marked(shown, day)
    return replace(cost, options=shown, warnings=(*cost.warnings, *((warning,) if warning else ())))


def estimate_many(
    variants: Iterable[Variant], ship_to: Place, currency: str, on: date
) -> dict[int, LandedCost]:
    """Give the delivered price of each variant alone, at its minimum quantity, for cards."""
    return {
        variant.pk: estimate(
            QuoteRequest([(variant, variant.minimum_quantity)], ship_to, currency, on, option_code="")
        )
        for variant in variants
    }


def estimate_sellers(requests: Sequence[QuoteRequest], currency: str) -> tuple[list[LandedCost], LandedCost]:
    """Price each seller's parcel, and all together as sums."""
    costs = [estimate(request) for request in requests]
    return costs, added(costs, currency)


def _missing_data(request: QuoteRequest) -> list[Reason]:
    reasons = []
    for n, (variant, quantity) in enumerate(request.lines, 1):
        if quantity < variant.minimum_quantity:
            words = _("The maker sells at least {minimum} pieces.").format(minimum=variant.minimum_quantity)
            reasons.append(Reason("below-minimum", words, _("Choose a larger quantity."), str(n)))
        if not variant.product.hs_code or not variant.product.origin:
            words = _("The maker has not given the customs code or the origin yet.")
            reasons.append(Reason("customs-data-missing", words, _("Ask the maker."), str(n)))
        if variant.size_cm is None or not variant.gross_weight_kg:
            words = _("The maker has not given weight and size yet.")
            reasons.append(Reason("weight-missing", words, _("Ask the maker."), str(n)))
    return reasons


def _no_way() -> Reason:
    return Reason("no-way", _("No carrier of ours goes there with these goods."), _("Choose another place."))


def fx_tier(buyer_kind: str) -> str:
    """Name the tier of exchange margins that a buyer belongs to."""
    return Tier.BUSINESS if buyer_kind == "business" else Tier.ALL


def _goods(request: QuoteRequest) -> list[GoodsPart]:
    parts = []
    tier = fx_tier(request.buyer_kind)
    for n, (variant, quantity) in enumerate(request.lines, 1):
        price = unit_price(variant.price, variant.tiers.all(), quantity)
        ours = rates.customer_rate(price.currency, request.currency, tier)
        parts.append(GoodsPart(str(n), variant.product.title, quantity, price, ours.market, ours.rate))
    return parts


def _options(request: QuoteRequest, table: rates.RateTable) -> OptionSet:
    found = options(consignment_of(request, table), request.on)
    return replace(found, options=(*found.options, *request.live)) if request.live else found


def _payable(terms: str, ways: tuple[RouteOption, ...]) -> tuple[str, tuple[RouteOption, ...], str]:
    """Keep ways with a duty-paid label under DDP: else duty would be asked twice; none left means DAP."""
    if terms == "DAP":
        return "DAP", ways, ""
    paid = tuple(way for way in ways if way.duty_paid_label)
    if paid:
        return "DDP", paid, ""
    return "DAP", ways, _("No carrier can pay duty for you on this way. You pay duty and tax at the door.")


def _best(
    request: QuoteRequest, parts: Sequence[GoodsPart], ways: tuple[RouteOption, ...], table: rates.RateTable
) -> RouteOption:
    """Choose the way that costs least with its insurance, which may differ more than the freight does."""

    def cost(way: RouteOption) -> Decimal:
        freight, cover = _transport(request, parts, way, table)
        return freight.amount.amount + (cover.amount.amount if cover else Decimal(0))

    if len(ways) == 1:
        return ways[0]
    return min(ways, key=lambda way: (way.certainty.rank, cost(way), way.latest, way.code))


def _transport(
    request: QuoteRequest, parts: Sequence[GoodsPart], way: RouteOption, table: rates.RateTable
) -> tuple[Charge, Charge | None]:
    currency = request.currency
    freight = Charge(
        "freight",
        None,
        way.label,
        way.price,
        " + ".join(dict.fromkeys(c.rate for c in way.charges if c.rate))[:120],
        table.convert(way.price, currency).rounded(),
        way.certainty,
        next((c.rule for c in way.charges if c.rule), None),
        detail="; ".join(c.label for c in way.charges)[:300],
    )
    cover = cover_for(way.mode, goods_class(request.lines), request.on) if request.insured else None
    if cover is None:
        return freight, None
    goods = total((p.value(currency) for p in parts), currency)
    least = table.convert(cover.minimum, currency).rounded()
    given = premium(goods + freight.amount, replace(cover, minimum=least), way.mode)
    return freight, replace(given.charge, kind="insurance", amount=given.amount.rounded())


def _priced(
    request: QuoteRequest, parts: Sequence[GoodsPart], way: RouteOption, table: rates.RateTable
) -> LandedCost:
    currency = request.currency
    freight, cover = _transport(request, parts, way, table)
    found = _assessed(request, parts, way, table, freight, cover)
    if found.state is Certainty.NOT_POSSIBLE:
        return replace(refused(currency, found.reasons, request.terms), papers=tuple(found.papers))
    state = Certainty.worst(
        *(table.certainty(request.on, p.unit_price.currency, currency) for p in parts),
        found.state if request.terms == "DDP" else way.certainty,
    )
    cost = compose(
        currency=currency,
        terms=request.terms,
        goods=parts,
        transport=[freight, *([cover] if cover else [])],
        border=found.charges,
        state=state,
        reasons=found.reasons,
    )
    preferences = tuple(_preferences(request, found))
    legs = tuple(f"{leg.start} – {leg.end}, {leg.mode}" for leg in way.legs)
    return replace(
        cost,
        delivery=Delivery(
            way.code, way.label, way.mode, way.carrier, way.earliest, way.latest, legs, request.start
        ),
        fx=fx_lines(parts, currency, table.as_of, table.source),
        papers=(*found.papers, *(_paper(used) for used in preferences)),
        preferences=preferences,
        warnings=(*way.warnings, *found.warnings),
        regime=str(getattr(found.regime, "code", found.regime) or ""),
        insured=cover.basis if cover else None,
        worked=found.worked,
    )


def _preferences(request: QuoteRequest, found: Assessment) -> Iterator[Preference]:
    """The preferences that a paper of origin opened, each with the duty that it replaced."""
    lines = {line.reference: line for line in found.worked.case.lines} if found.worked else {}
    standard = {way.line: way.duty for way in found.alternatives if way.kind == "third_country_duty"}
    for way in found.alternatives:
        line = lines.get(way.line)
        if not way.chosen or way.kind != "preference" or line is None or way.line not in standard:
            continue
        papers = proofs.named(line.evidence)
        legal_ref = way.rule.legal_ref if way.rule else ""
        agreement = proofs.agreement_of(
            legal_ref, line.origin, made_in=line.origin, destination=request.ship_to.country, on=request.on
        )
        if agreement is not None and agreement.code in papers and standard[way.line].amount > way.duty.amount:
            paper = f"{proofs.MARK}{agreement.code}:{papers[agreement.code]}"
            yield Preference(way.line, agreement.name, paper, standard[way.line], way.duty)


def _paper(used: Preference) -> PaperNeeded:
    """The paper that travels with goods under a preference; the declaration names the same."""
    return PaperNeeded(
        used.paper,
        proofs.words_of(used.paper),
        used.line,
        mandatory=True,
        facts={"kind": _("Paper of origin")},
    )


def _assessed(
    request: QuoteRequest,
    parts: Sequence[GoodsPart],
    way: RouteOption,
    table: rates.RateTable,
    freight: Charge,
    cover: Charge | None,
) -> Assessment:
    currency = request.currency
    # The way's price is door to door: what is driven behind the border is no part of the customs value.
    onward = table.convert(way.onward_transport, currency).rounded()
    onward = min(onward, freight.amount, key=lambda money: money.amount)
    if request.is_inside:
        onward = freight.amount  # the goods crossed the border before; this way lies behind it
    return assess(
        LandedCase(
            on=request.on,
            ship_from=sent_from(request),
            ship_to=request.ship_to,
            buyer_kind=request.buyer_kind,
            buyer_tax_id=request.buyer_tax_id,
            currency=currency,
            terms=request.terms,
            mode=way.mode,
            lines=goods_lines(
                request.lines, parts, currency, request.ship_to.country, papers_of(request, parts, table)
            ),
            freight=freight.amount - onward,
            insurance=cover.amount if cover else Money(Decimal(0), currency),
            onward_transport=onward,
            rates=Crosses(table),
            free_circulation=request.is_domestic,
        )
    )


def _option(way: RouteOption, chosen: RouteOption, whole: Money | None) -> Option:
    return Option(
        code=way.code,
        label=way.label,
        mode=way.mode,
        carrier=way.carrier,
        earliest=way.earliest,
        latest=way.latest,
        total=whole,
        chosen=way is chosen,
        duty_paid=way.duty_paid_label,
        co2_kg=way.co2_kg,
        best_for=way.best_for,
    )
