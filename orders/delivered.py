"""Delivered prices of the catalogue's cards: worked out ahead for the usual destinations."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from catalog import actions as catalog
from catalog.models import DeliveredPrice, Variant
from marketplace.kit.explain import Certainty
from marketplace.kit.money import Money
from marketplace.kit.places import Place
from orders.asked import QuoteRequest
from orders.landed_cost import LandedCost
from orders.quoting import estimate

# Postcode of a large town: where a lane has zones, a card shows the price to it.
DESTINATIONS: Final = (
    (Place("DE", "10115"), "EUR"),
    (Place("FR", "75001"), "EUR"),
    (Place("ES", "28001"), "EUR"),
    (Place("GB", "EC1A 1BB"), "GBP"),
    (Place("US", "10001", "", "NY"), "USD"),
    (Place("CA", "M5H 2N2", "", "ON"), "CAD"),
    (Place("AU", "2000", "", "NSW"), "AUD"),
    (Place("CN", "200000"), "CNY"),
    (Place("JP", "100-0001"), "JPY"),
    (Place("SG", "018956"), "SGD"),
    (Place("MY", "50000"), "MYR"),
    (Place("KR", "04524"), "KRW"),
    (Place("AR", "C1001"), "ARS"),
    (Place("HK"), "HKD"),
)
BATCH: Final = 200


def recompute(
    variant_ids: Sequence[int] | None,
    *,
    at: datetime,
    destinations: Sequence[tuple[Place, str]] = DESTINATIONS,
) -> int:
    """Work out and store the delivered prices of these variants, or of everything for sale."""
    variants = Variant.objects.for_sale().order_by("pk")
    if variant_ids is not None:
        variants = variants.filter(pk__in=variant_ids)
    count = 0
    numbers = list(variants.values_list("pk", flat=True))
    for start in range(0, len(numbers), BATCH):
        batch = (
            Variant.objects.filter(pk__in=numbers[start : start + BATCH])
            .select_related("product__seller")
            .prefetch_related("tiers")
        )
        count += catalog.record_delivered_prices(list(_rows(batch, at, destinations)))
    return count


def _rows(
    variants: Iterable[Variant], at: datetime, destinations: Sequence[tuple[Place, str]]
) -> Iterable[DeliveredPrice]:
    for variant in variants:
        for place, currency in destinations:
            if place.country == variant.product.seller.country:
                continue
            quantity = variant.minimum_quantity
            cost = estimate(QuoteRequest(((variant, quantity),), place, currency, at.date()))
            yield row(variant, place, currency, quantity, cost, at)


def row(
    variant: Variant, place: Place, currency: str, quantity: int, cost: LandedCost, at: datetime
) -> DeliveredPrice:
    """Write one landed cost as a card's row; amounts are for one piece and still add up."""
    found = DeliveredPrice(
        variant=variant, destination=place.country, currency=currency, quantity=quantity,
        state=str(cost.state), computed_at=at,
    )  # fmt: skip
    if not cost.possible:
        return found
    shown = cost.at_most if cost.state is Certainty.ESTIMATE and cost.at_most else cost.total
    each = Money(shown.amount / quantity, currency).rounded()
    planks = cost.planks
    goods, transport, tax = each.split([planks.goods.amount, planks.transport.amount, planks.tax.amount])
    found.goods_amount, found.transport_amount, found.tax_amount = goods.amount, transport.amount, tax.amount
    found.total_amount = each.amount
    found.nothing_at_the_door = cost.terms == "DDP"
    if cost.delivery:
        found.earliest_days = max((cost.delivery.earliest - at.date()).days, 0)
        found.latest_days = max((cost.delivery.latest - at.date()).days, 0)
    return found
