"""Every change to the catalogue: drafts, review, prices, delivered prices, what search reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from django.db import connection, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from catalog import stock
from catalog.events import ListingApproved, ListingReturned, ListingSubmitted, PriceChanged
from catalog.models import (
    Category,
    DeliveredPrice,
    ListingReview,
    Picture,
    PriceTier,
    Product,
    ProductState,
    Variant,
)
from catalog.pricing import PricedFrom, Tier, ladder_fault
from catalog.readiness import gaps
from catalog.stock import Counts
from marketplace.accounts.models import Company, User
from marketplace.events.bus import publish
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal

REVIEWED: Final = (
    "title",
    "description",
    "language",
    "category",
    "hs_code",
    "hs_evidence",
    "origin",
    "customs_description",
    "materials",
)
VARIANT_FIELDS: Final = (
    "options",
    "position",
    "is_active",
    "price_amount",
    "currency",
    "minimum_quantity",
    "net_weight_kg",
    "gross_weight_kg",
    "length_cm",
    "width_cm",
    "height_cm",
    "measured",
    "battery_wh",
    "battery_un",
    "temperature",
    "shelf_life_days",
)


class ListingIncomplete(Refusal):
    words = _("Something is missing: {missing}")


class ListingEnded(Refusal):
    words = _("This listing has ended. Make a new one.")


class NotWaiting(Refusal):
    words = _("Somebody has already decided about this listing. Load the page again.")


class ReasonsMissing(Refusal):
    words = _("Write at least one reason, so that the seller knows what to change.")


class LadderBroken(Refusal):
    words = _("The price steps do not fit: quantities must rise and prices must not.")


class SellerNotApproved(Refusal):
    words = _("We have not checked your company yet. You can prepare listings until then.")


class CodeTaken(Refusal):
    words = _("You already use the code {code} for another product.")


def new_numbers(count: int = 1) -> list[str]:
    """Draw product numbers from the sequence; numbers drawn and not used are lost, which is fine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('catalog_product_number') FROM generate_series(1, %s)", [count])
        return [f"P-{row[0]:06d}" for row in cursor.fetchall()]


def house_sku(seller: Company, code: str) -> str:
    """Build the sku of the house: the seller's number before the seller's own code."""
    return f"{seller.number}.{code.strip()[:38]}"


@transaction.atomic
def save_draft(*, seller: Company, fields: Mapping[str, Any], number: str | None = None) -> Product:
    """Create or change a listing; what a live listing shows waits until it is approved."""
    known = {name: value for name, value in fields.items() if name in REVIEWED}
    if number is None:
        (fresh,) = new_numbers()
        title = str(known.get("title", ""))
        slug = f"{slugify(title)[:100] or 'product'}-{fresh[2:].lower()}"
        return Product.objects.create(number=fresh, slug=slug, seller=seller, **known)
    product = Product.objects.select_for_update(of=("self",)).get(number=number, seller=seller)
    if product.state == ProductState.ENDED:
        raise ListingEnded
    if product.state in {ProductState.LIVE, ProductState.PAUSED}:
        waiting = {**product.changes, **_plain(known)}
        product.changes = {n: v for n, v in waiting.items() if v != _plain({n: getattr(product, n)})[n]}
        product.changes_submitted = False
        product.save(update_fields=["changes", "changes_submitted", "updated_at"])
        return product
    if product.state == ProductState.SUBMITTED:
        product.move_to(ProductState.DRAFT)
    for name, value in known.items():
        setattr(product, name, value)
    product.save(update_fields=[*known, "state", "updated_at"])
    return product


def _plain(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Make fields storable as JSON: a category becomes its slug."""
    return {n: v.slug if isinstance(v, Category) else v for n, v in fields.items()}


@transaction.atomic
def throw_away(*, product_id: int) -> dict[str, Any]:
    """Drop the changes that wait beside a listing; return them, so that they can be put back."""
    product = Product.objects.select_for_update(of=("self",)).get(pk=product_id)
    dropped: dict[str, Any] = product.changes
    product.changes, product.changes_submitted = {}, False
    product.save(update_fields=["changes", "changes_submitted", "updated_at"])
    return dropped


@transaction.atomic
def put_back(*, product_id: int, changes: Mapping[str, Any]) -> None:
    """Put dropped changes beside a listing again, unless newer ones wait."""
    product = Product.objects.select_for_update(of=("self",)).get(pk=product_id)
    if not product.changes:
        product.changes = dict(changes)
        product.save(update_fields=["changes", "updated_at"])


def apply_changes(product: Product, changes: Mapping[str, Any]) -> None:
    """Put waiting changes on a listing in memory; saving is the caller's."""
    for name, value in changes.items():
        if name == "category":
            product.category = Category.objects.filter(slug=value).first()
        elif name in REVIEWED:
            setattr(product, name, value)


@transaction.atomic
def save_variant(
    *,
    product: Product,
    fields: Mapping[str, Any],
    code: str = "",
    sku: str | None = None,
    tiers: Sequence[PricedFrom] | None = None,
) -> Variant:
    """Create or change one variant; price, weight and size take effect at once, also when live."""
    product = Product.objects.select_for_update(of=("self",)).select_related("seller").get(pk=product.pk)
    if product.state == ProductState.ENDED:
        raise ListingEnded
    known = {name: value for name, value in fields.items() if name in VARIANT_FIELDS}
    if sku is None:
        position = product.variants.count()
        code = code.strip() or f"{product.number[2:]}-{position + 1}"
        wanted = house_sku(product.seller, code)
        if Variant.objects.filter(sku=wanted).exists():
            raise CodeTaken(code=code)
        known.setdefault("currency", product.seller.currency)
        known.setdefault("position", position)
        variant = Variant.objects.create(product=product, sku=wanted, seller_code=code, **known)
        if product.lead_id is None:
            product.lead = variant
            product.save(update_fields=["lead", "updated_at"])
    else:
        variant = product.variants.get(sku=sku)
        for name, value in known.items():
            setattr(variant, name, value)
        variant.save(update_fields=list(known) or None)
    if tiers is not None:
        _set_tiers(variant, tiers)
    if product.state == ProductState.LIVE:
        publish(PriceChanged(subject=product.number, sku=variant.sku))
    return variant


def _set_tiers(variant: Variant, tiers: Sequence[PricedFrom]) -> None:
    ladder = sorted(tiers, key=lambda tier: tier.from_quantity)
    if ladder_fault(variant.price, ladder, variant.minimum_quantity):
        raise LadderBroken
    variant.tiers.all().delete()
    PriceTier.objects.bulk_create(
        PriceTier(variant=variant, from_quantity=t.from_quantity, price_amount=t.price_amount) for t in ladder
    )


@transaction.atomic
def reprice(*, sku: str, price: Money, tiers: Sequence[Tier] | None = None) -> Variant:
    """Set a variant's price and, when given, its steps; the delivered prices follow."""
    variant = Variant.objects.select_for_update(of=("self",)).select_related("product").get(sku=sku)
    same = variant.price == price and tiers is None
    if not same:
        variant.price_amount, variant.currency = price.amount, price.currency
        ladder = list(variant.tiers.all()) if tiers is None else sorted(tiers, key=lambda t: t.from_quantity)
        if ladder_fault(price, ladder, variant.minimum_quantity):
            raise LadderBroken
        variant.save(update_fields=["price_amount", "currency"])
        if tiers is not None:
            _set_tiers(variant, tiers)
        publish(PriceChanged(subject=variant.product.number, sku=sku))
    return variant


@transaction.atomic
def submit(*, product_id: int, at: datetime) -> Product:
    """Ask for the listing, or for the changes that wait beside it, to be looked at."""
    product = Product.objects.select_for_update(of=("self",)).select_related("seller").get(pk=product_id)
    if product.state == ProductState.SUBMITTED or product.changes_submitted:
        return product
    if product.seller.state != Company.State.APPROVED:
        raise SellerNotApproved
    seen = Product.objects.get(pk=product_id)
    apply_changes(seen, product.changes)
    variants = list(product.variants.filter(is_active=True).prefetch_related("tiers"))
    missing = [gap for gap in gaps(seen, variants, list(product.pictures.all())) if gap.needed]
    if missing:
        raise ListingIncomplete(missing=" ".join(gap.words for gap in missing))
    product.submitted_at = at
    if product.state in {ProductState.LIVE, ProductState.PAUSED}:
        if not product.changes:
            return product
        product.changes_submitted = True
    else:
        product.move_to(ProductState.SUBMITTED)
    product.save(update_fields=["state", "submitted_at", "changes_submitted", "updated_at"])
    publish(ListingSubmitted(subject=product.number))
    return product


def _decided(product_id: int) -> Product:
    product = Product.objects.select_for_update(of=("self",)).get(pk=product_id)
    if product.state != ProductState.SUBMITTED and not product.changes_submitted:
        raise NotWaiting
    return product


def snapshot(product: Product) -> dict[str, Any]:
    """Freeze what an operator looked at."""
    return {**_plain({name: getattr(product, name) for name in REVIEWED}), **product.changes}


@transaction.atomic
def approve(*, product_id: int, by: User, at: datetime) -> Product:
    """Put a listing, or the changes that wait beside it, in the shop."""
    product = _decided(product_id)
    ListingReview.objects.create(
        product=product,
        verdict=ListingReview.Verdict.APPROVED,
        snapshot=snapshot(product),
        decided_by=by,
        decided_at=at,
    )
    apply_changes(product, product.changes)
    product.changes, product.changes_submitted = {}, False
    if product.state == ProductState.SUBMITTED:
        product.move_to(ProductState.LIVE)
        product.published_at = at
    product.save()
    refresh_search([product.pk])
    publish(ListingApproved(subject=product.number))
    return product


@transaction.atomic
def return_with_reasons(*, product_id: int, by: User, reasons: Mapping[str, str], at: datetime) -> Product:
    """Send a listing back with one reason per field; a live version stays in the shop."""
    told = {field: words.strip() for field, words in reasons.items() if words.strip()}
    if not told:
        raise ReasonsMissing
    product = _decided(product_id)
    ListingReview.objects.create(
        product=product,
        verdict=ListingReview.Verdict.RETURNED,
        reasons=told,
        snapshot=snapshot(product),
        decided_by=by,
        decided_at=at,
    )
    if product.state == ProductState.SUBMITTED:
        product.move_to(ProductState.RETURNED)
    product.changes_submitted = False
    product.save(update_fields=["state", "changes_submitted", "updated_at"])
    publish(ListingReturned(subject=product.number, reasons=told))
    return product


@transaction.atomic
def move(*, product_id: int, state: ProductState) -> Product:
    """Pause a live listing, put a paused one back, or end one for good."""
    product = Product.objects.select_for_update(of=("self",)).get(pk=product_id)
    if product.state != state:
        product.move_to(state)
        product.save(update_fields=["state", "updated_at"])
    return product


def record_delivered_prices(rows: Iterable[DeliveredPrice]) -> int:
    """Store delivered prices, replacing older ones of the same variant, destination and currency."""
    stored = DeliveredPrice.objects.bulk_create(
        rows,
        batch_size=2000,
        update_conflicts=True,
        unique_fields=["variant", "destination", "currency"],
        update_fields=[
            "quantity",
            "state",
            "goods_amount",
            "transport_amount",
            "tax_amount",
            "total_amount",
            "earliest_days",
            "latest_days",
            "nothing_at_the_door",
            "basis_key",
            "computed_at",
        ],
    )
    return len(stored)


@transaction.atomic
def choose_cover(*, product: Product) -> None:
    """Point the card at the first picture that is not broken."""
    first = product.pictures.exclude(state=Picture.State.BROKEN).order_by("position", "pk").first()
    Product.objects.filter(pk=product.pk).update(cover=first)


REFRESH: Final = """
WITH fresh AS (
  SELECT p.id,
         lower(unaccent(p.title)) AS title,
         lower(unaccent(concat_ws(' ', c.name, p.materials, s.name, s.town))) AS about,
         lower(unaccent(p.description)) AS body
  FROM catalog_product p
  JOIN accounts_company s ON s.id = p.seller_id
  LEFT JOIN catalog_category c ON c.id = p.category_id
  WHERE p.id = ANY(%(ids)s)
)
UPDATE catalog_product p SET
  search_title = left(fresh.title, 200),
  search_vector = setweight(to_tsvector('simple', fresh.title) || to_tsvector('english', fresh.title), 'A')
    || setweight(to_tsvector('simple', fresh.about) || to_tsvector('english', fresh.about), 'B')
    || setweight(to_tsvector('simple', fresh.body) || to_tsvector('english', fresh.body), 'D')
FROM fresh WHERE fresh.id = p.id
"""
WORDS: Final = """
INSERT INTO catalog_searchword (word)
SELECT DISTINCT word FROM catalog_product p
JOIN accounts_company s ON s.id = p.seller_id
LEFT JOIN catalog_category c ON c.id = p.category_id,
regexp_split_to_table(
  lower(unaccent(concat_ws(' ', p.title, c.name, p.materials, s.name, s.town))), '[^[:alpha:]]+') AS word
WHERE p.id = ANY(%(ids)s) AND length(word) BETWEEN 3 AND 40
ON CONFLICT DO NOTHING
"""


def refresh_search(product_ids: Sequence[int]) -> None:
    """Write what search reads for these products; set-based, so it also serves 100,000 at once."""
    with connection.cursor() as cursor:
        cursor.execute(REFRESH, {"ids": list(product_ids)})
        cursor.execute(WORDS, {"ids": list(product_ids)})


@transaction.atomic
def record_origin_papers(number: str, rows: Sequence[Mapping[str, Any]]) -> bool:
    """Write the papers of origin that count for a product; says whether they are others than before."""
    product = Product.objects.select_for_update(of=("self",)).get(number=number)
    fresh = [dict(row) for row in rows]
    if product.origin_papers == fresh:
        return False
    product.origin_papers = fresh
    product.save(update_fields=["origin_papers", "updated_at"])
    return True


@transaction.atomic
def record_stock(skus: Iterable[str], count: Callable[[Sequence[str]], Mapping[str, Counts]]) -> int:
    """Write what a page says about stock for the products of these options; says how many rows changed.

    `count` gives the pieces by place of each sku. It is asked after the rows are locked, so that of two
    processes the later one always writes the newer count.
    """
    named = Variant.objects.filter(sku__in=list(skus)).values("product")
    rows = Product.objects.filter(pk__in=named).order_by("pk").only("pk", "stock")
    products = {row.pk: row for row in rows.select_for_update(of=("self",), no_key=True)}
    variants = list(
        Variant.objects.filter(product__in=products)
        .order_by("pk")
        .only("pk", "sku", "product_id", "is_active", "minimum_quantity", "stock")
    )
    pieces = count([variant.sku for variant in variants])
    options: dict[int, list[tuple[Counts, int]]] = {number: [] for number in products}
    changed = 0
    for variant in variants:
        fresh = stock.of_option(pieces.get(variant.sku, {}), variant.minimum_quantity)
        if variant.is_active:
            options[variant.product_id].append((fresh, variant.minimum_quantity))
        if fresh != variant.stock:
            changed += Variant.objects.filter(pk=variant.pk).update(stock=fresh)
    for number, product in products.items():
        if (whole := stock.of_product(options[number])) != product.stock:
            changed += Product.objects.filter(pk=number).update(stock=whole)
    return changed
