"""What a paper of origin would save the buyers: two real prices of the same goods, with and without it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final

from catalog import kept as shelf
from catalog.kept import Listing
from catalog.models import Product
from customs import origin, proofs, stored
from customs.grounds import destinations
from customs.origin import Agreement
from marketplace.currency import rates
from marketplace.kit.money import Money
from orders.asked import QuoteRequest
from orders.delivered import DESTINATIONS
from orders.kept import estimate

MOST_PRODUCTS: Final = 12
# Small parcels often pay a flat duty whatever the origin: then the saving is that of a shop that buys ten.
SHOP_BUYS: Final = 10


@dataclass(frozen=True, slots=True)
class Saving:
    """What one piece costs less in a market once the paper is there."""

    product: Product
    agreement: Agreement
    country: str
    each: Money
    buyer_kind: str = "consumer"
    quantity: int = 1


def savings(products: Iterable[int], on: date) -> list[Saving]:
    """The savings that papers of these products would bring, the largest per product and agreement first.

    Only lanes with a stored preference are priced; a product whose paper counts already is left out there.
    """
    found = [one for listing in shelf.listings(products).values() for one in _of(listing, on)]
    return sorted(found, key=lambda one: (one.product.pk, one.agreement.code, -_worth(one)))


def _worth(one: Saving) -> Decimal:
    """The saving in euro, to compare markets."""
    return rates.current().convert(one.each, "EUR").amount


def _of(listing: Listing, on: date) -> Iterator[Saving]:
    product = listing.product
    variant = next((v for v in listing.variants if v.pk == product.lead_id), None)
    variant = variant or next(iter(listing.variants), None)
    if variant is None or len(product.hs_code) < 6:
        return
    for place, currency in DESTINATIONS:
        for agreement in _open_lanes(product, place.country, on):
            least = variant.minimum_quantity
            for buyer_kind, quantity in (("consumer", least), ("business", max(least, SHOP_BUYS))):
                asked = QuoteRequest(((variant, quantity),), place, currency, on, buyer_kind=buyer_kind)
                each = _saved(listing, asked, agreement)
                if each is not None and each.amount > 0:
                    yield Saving(product, agreement, place.country, each, buyer_kind, quantity)
                    break


def _open_lanes(product: Product, country: str, on: date) -> Iterator[Agreement]:
    """Agreements with a stored preference for these goods, without a paper that holds."""
    lane = origin.agreements_for(product.origin, country, on)
    if not lane:
        return
    tariff = stored.tariff()
    origins = tariff.origins(product.origin, on)
    named = {
        found.code
        for row in tariff.rows(destinations(country), product.code_for(country))
        if row.kind == "preference" and row.holds(on, origins)
        and (found := proofs.agreement_of(
            row.rule.legal_ref, row.origin_area, made_in=product.origin, destination=country, on=on
        ))
    }  # fmt: skip
    held = {
        proof.agreement
        for proof in proofs.read(product.origin_papers)
        if proof.holds(product.hs_code, product.origin, country, on)
    }
    yield from (one for one in lane if one.code in named - held)


def _saved(listing: Listing, asked: QuoteRequest, agreement: Agreement) -> Money | None:
    """What one piece costs less with the paper; nothing where one of the prices cannot be given."""
    before, after = (
        estimate(replace(asked, supposed=supposed), goods=listing.version)
        for supposed in ((), (agreement.code,))
    )
    if not before.possible or not after.possible or before.terms != after.terms:
        return None
    (_goods, quantity), *_more = asked.lines
    return Money((before.total.amount - after.total.amount) / quantity, asked.currency).rounded()
