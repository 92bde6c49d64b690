"""Read from the database what the checks need, in a fixed number of statements."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Final, cast

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext

from catalog.models import ProductState, Variant
from customs import proofs, stored
from customs.amounts import in_euro
from customs.bands import Band, band
from customs.clearance import Grounds, Recent
from customs.models import (
    Declaration,
    DeclarationLine,
    ListedParty,
    LowValueRegime,
    OriginEvidence,
    PaperOnFile,
    PartyList,
    Restriction,
    ScreenedParty,
)
from customs.risk import risk_of
from customs.screening import Index, Match, Party, listed_from
from marketplace.kit.money import Money

_EU_MEMBERS = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
EU: Final = frozenset(_EU_MEMBERS.split())
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
    rules = Restriction.objects.filter(dated, destination__in=places)
    bands, prices = usual_prices(declaration, lines, at)
    return Grounds(
        declaration=declaration,
        lines=lines,
        on=on,
        restrictions=tuple(cast("Iterable[Restriction]", rules)),
        areas={line.origin: stored.tariff().origins(line.origin, on) for line in lines},
        on_file=frozenset(on_file.values_list("code", "hs_prefix")),
        proven=papers_of_origin(declaration, lines, on),
        bands=bands,
        price_per_kg=prices,
        own_price=listed_prices(lines),
        matches=near_names(declaration),
        stale_lists=stale_lists(on),
        new_parties=new_parties(declaration),
        risk=risk_of(declaration),
        recent=recent_orders(declaration, at),
        limit_euro=low_value_limit(places, on),
        lists_of=list_titles(),
    )


def papers_of_origin(
    declaration: Declaration, lines: Sequence[DeclarationLine], on: dt.date
) -> frozenset[tuple[str, str]]:
    """Agreement and number of the seller's papers of origin that hold; asked only where a line names one."""
    if not any(proofs.named(line.evidence) for line in lines):
        return frozenset()
    rows = OriginEvidence.objects.filter(company=declaration.seller_id).holds_on(on)
    return frozenset(rows.values_list("agreement", "reference"))


def usual_prices(
    declaration: Declaration, lines: Sequence[DeclarationLine], at: datetime
) -> tuple[dict[int, Band], dict[int, Decimal]]:
    """Make the band of the price per kilogram for each line's goods (HS6) and origin, in two statements.

    Peers are our own catalogue and what was declared within a year by other orders.
    """
    asked = [one for one in lines if one.unit_value_euro and one.net_weight_kg and len(one.hs_code) >= 6]
    prices = {
        one.pk: one.unit_value_euro * one.quantity / one.net_weight_kg
        for one in asked
        if one.unit_value_euro and one.net_weight_kg
    }
    goods = {(one.hs_code[:6], one.origin) for one in asked}
    if not goods:
        return {}, {}
    peers = peers_of(goods, at, declaration)
    bands = {}
    for one in asked:
        usual = band(peers.get((one.hs_code[:6], one.origin), []))
        if usual is not None:
            bands[one.pk] = usual
    return bands, prices


def peers_of(
    goods: set[tuple[str, str]], at: datetime, declaration: Declaration | None = None
) -> dict[tuple[str, str], list[Decimal]]:
    """Collect prices per kilogram in euro of these goods and origins: live listings, then declared lines."""
    found: dict[tuple[str, str], list[Decimal]] = {one: [] for one in goods}
    listed = Q()
    declared = Q()
    for code, origin in goods:
        listed |= Q(product__hs_code__startswith=code, product__origin=origin)
        declared |= Q(hs_code__startswith=code, origin=origin)
    own = [line.sku for line in declaration.lines.all()] if declaration else []
    variants = (
        Variant.objects.filter(
            listed, product__state=ProductState.LIVE, net_weight_kg__gt=0, price_amount__gt=0
        )
        .exclude(sku__in=own)
        .order_by("-pk")
        .values_list("product__hs_code", "product__origin", "price_amount", "currency", "net_weight_kg")
    )
    for code, origin, amount, currency, weight in variants[: PEERS * len(goods)]:
        euro = in_euro(Money(amount, currency))
        if euro is not None and weight:
            found[code[:6], origin].append(euro / weight)
    rows = (
        DeclarationLine.objects.filter(
            declared,
            net_weight_kg__gt=0,
            unit_value_euro__gt=0,
            declaration__drafted_at__gte=at - timedelta(days=365),
        )
        .exclude(declaration=declaration)
        .order_by("-pk")
        .values_list("hs_code", "origin", "unit_value_euro", "quantity", "net_weight_kg")
    )
    for code, origin, unit, quantity, weight in rows[: PEERS * len(goods)]:
        if unit and weight:
            found[code[:6], origin].append(unit * quantity / weight)
    return found


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
        kind__startswith="duty",
    )
    limits = rows.values_list("limit_amount", "limit_currency")
    amounts = [in_euro(Money(amount, currency)) for amount, currency in limits if amount]
    return min((amount for amount in amounts if amount is not None), default=None)


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
    versions = tuple(PartyList.objects.filter(is_active=True).values_list("source", "pk", "digest"))
    return _index(versions)


def lists_in_force() -> str:
    """Name the contents of all lists in force by one digest: it changes with every list that changes."""
    rows = PartyList.objects.filter(is_active=True).order_by("source").values_list("source", "digest")
    return hashlib.sha256("".join(f"{source}{digest}" for source, digest in rows).encode()).hexdigest()


@lru_cache(maxsize=2)
def _index(versions: tuple[tuple[str, int, str], ...]) -> Index:
    rows = ListedParty.objects.filter(is_listed=True, source__in=[source for source, *_ in versions])
    return Index(listed_from(row) for row in rows.iterator())


def stale_lists(on: dt.date) -> tuple[str, ...]:
    """Name the lists in force that are older than their limit; also when none is loaded at all."""
    limit = settings.SCREENING_MAX_AGE_DAYS
    if not limit:
        return ()
    lists = list(PartyList.objects.filter(is_active=True, is_demo=False))
    if not lists:
        return (gettext("no list is loaded"),)
    words = gettext("%(title)s is %(days)s days old, the limit is %(limit)s")
    return tuple(
        words % {"title": one.title, "days": age, "limit": limit}
        for one in lists
        if (age := one.age_days(on)) > limit
    )


def new_parties(declaration: Declaration) -> tuple[str, ...]:
    """Name the parties that were never compared with a fresh list."""
    parties = {party.fingerprint(): party.name for party in parties_of(declaration)}
    known = ScreenedParty.objects.filter(fingerprint__in=parties, fresh=True)
    for fingerprint in known.values_list("fingerprint", flat=True):
        parties.pop(fingerprint)
    return tuple(parties.values())


def list_titles() -> str:
    """Name the lists that names were compared with, and their days."""
    return "; ".join(str(row) for row in PartyList.objects.filter(is_active=True))[:300]
