"""Read from the database what the checks need, in a fixed number of statements."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final

from django.db.models import Q

from catalog.models import Variant
from customs.bands import Band, band
from customs.clearance import Grounds, Recent
from customs.models import (
    Declaration,
    DeclarationLine,
    ListedParty,
    LowValueRegime,
    PaperOnFile,
    PartyList,
    Restriction,
)
from customs.screening import Index, Listed, Match, Party

EU: Final = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
PEERS: Final = 400


def destinations(country: str) -> list[str]:
    """Name the country and the union whose rules it shares."""
    return [country, "EU"] if country in EU else [country]


def gather(declaration: Declaration, at: datetime) -> Grounds:
    """Collect restrictions, papers on file, usual prices, near names and recent orders."""
    lines = tuple(declaration.lines.all())
    on = at.date()
    places = destinations(declaration.to_country)
    dated = Q(Q(valid_from=None) | Q(valid_from__lte=on), Q(valid_to=None) | Q(valid_to__gte=on))
    on_file = PaperOnFile.objects.filter(
        Q(valid_until=None) | Q(valid_until__gte=on),
        company=declaration.seller_id,
        destination__in=["", *places],
    )
    bands, prices = usual_prices(declaration, lines, at)
    return Grounds(
        declaration=declaration,
        lines=lines,
        on=on,
        restrictions=tuple(Restriction.objects.filter(dated, destination__in=places)),
        on_file=frozenset(on_file.values_list("code", "hs_prefix")),
        bands=bands,
        price_per_kg=prices,
        own_price=listed_prices(lines),
        matches=near_names(declaration),
        recent=recent_orders(declaration, at),
        limit_euro=low_value_limit(places, on),
        lists_of=list_titles(),
    )


def usual_prices(
    declaration: Declaration, lines: Sequence[DeclarationLine], at: datetime
) -> tuple[dict[int, Band], dict[int, Decimal]]:
    """Make the band of the price per kilogram for each line's goods and origin."""
    bands, prices = {}, {}
    for line in lines:
        if line.unit_value_euro is None or not line.net_weight_kg or len(line.hs_code) < 6:
            continue
        prices[line.pk] = line.unit_value_euro * line.quantity / line.net_weight_kg
        peers = (
            DeclarationLine.objects.filter(
                hs_code__startswith=line.hs_code[:6],
                origin=line.origin,
                net_weight_kg__gt=0,
                unit_value_euro__gt=0,
                declaration__drafted_at__gte=at - timedelta(days=365),
            )
            .exclude(declaration=declaration)
            .order_by("-pk")
            .values_list("unit_value_euro", "quantity", "net_weight_kg")[:PEERS]
        )
        usual = band([unit * quantity / weight for unit, quantity, weight in peers if unit and weight])
        if usual is not None:
            bands[line.pk] = usual
    return bands, prices


def listed_prices(lines: Sequence[DeclarationLine]) -> dict[int, tuple[Decimal, Decimal]]:
    """Pair the price of our own listing with the declared price, where the currency is the same."""
    variants = {
        variant.sku: variant
        for variant in Variant.objects.filter(sku__in=[x.sku for x in lines if x.sku]).prefetch_related(
            "tiers"
        )
    }
    pairs = {}
    for line in lines:
        variant = variants.get(line.sku)
        if variant is None or variant.currency != line.currency or not variant.price_amount:
            continue
        tiers = [tier.price_amount for tier in variant.tiers.all() if tier.from_quantity <= line.quantity]
        pairs[line.pk] = (min([variant.price_amount, *tiers]), line.value_amount / line.quantity)
    return pairs


def recent_orders(declaration: Declaration, at: datetime) -> tuple[Recent, ...]:
    """Find the same buyer's other declarations to the same address within 72 hours."""
    same = Q(buyer_name__iexact=declaration.buyer_name, to_postal_code=declaration.to_postal_code)
    if declaration.buyer_id:
        same |= Q(buyer=declaration.buyer_id)
    rows = Declaration.objects.filter(
        same,
        seller=declaration.seller_id,
        to_country=declaration.to_country,
        drafted_at__gte=at - timedelta(hours=72),
        drafted_at__lte=at,
        value_euro__isnull=False,
    ).exclude(pk=declaration.pk)
    return tuple(Recent(row.order_number, row.value_euro or Decimal(0)) for row in rows[:20])


def low_value_limit(places: Sequence[str], on: dt.date) -> Decimal | None:
    """Take the limit in euro under which parcels go the short way, where it is known."""
    rows = LowValueRegime.objects.filter(
        Q(valid_from=None) | Q(valid_from__lte=on),
        Q(valid_to=None) | Q(valid_to__gte=on),
        destination__in=places,
        limit_amount__gt=0,
        limit_currency__in=["EUR", "GBP"],
        kind__startswith="duty",
    )
    amounts = [row.limit_amount for row in rows if row.limit_amount]
    return min(amounts) if amounts else None


def near_names(declaration: Declaration) -> tuple[tuple[Party, Match], ...]:
    """Compare buyer and seller with every listed name."""
    parties = parties_of(declaration)
    listed = index()
    return tuple((party, match) for party in parties for match in listed.near(party)[:3])


def parties_of(declaration: Declaration) -> tuple[Party, ...]:
    """Name the people and firms of a declaration."""
    seller = declaration.seller
    numbers = (
        tuple(str(value) for value in seller.tax_ids.values()) if isinstance(seller.tax_ids, dict) else ()
    )
    buyer_numbers = (declaration.buyer_tax_id,) if declaration.buyer_tax_id else ()
    business = declaration.buyer_kind == "business"
    buyer = Party(declaration.buyer_name, declaration.to_country, "", buyer_numbers, business)
    return buyer, Party(seller.name, seller.country, "", numbers, firm=True)


def index() -> Index:
    """Give the search index of the active lists, built once per version."""
    versions = tuple(PartyList.objects.filter(is_active=True).values_list("source", "digest"))
    return _index(versions)


@lru_cache(maxsize=2)
def _index(versions: tuple[tuple[str, str], ...]) -> Index:
    rows = ListedParty.objects.filter(is_listed=True, source__in=[source for source, _digest in versions])
    return Index(
        Listed(
            row.pk,
            row.name,
            (row.name, *row.aliases),
            row.kind,
            tuple(row.countries),
            row.born,
            tuple(row.identifiers),
        )
        for row in rows.iterator()
    )


def list_titles() -> str:
    """Name the lists that names were compared with, and their days."""
    return "; ".join(str(row) for row in PartyList.objects.filter(is_active=True))[:300]
