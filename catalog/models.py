"""What is for sale: products with their variants, prices, pictures and delivered prices."""

from __future__ import annotations

from decimal import Decimal
from typing import Final, Self

from django.contrib.auth.models import AnonymousUser
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q, Value
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Company, User
from marketplace.kit.lifecycle import Lifecycle
from marketplace.kit.money import Money

EMPTY: Final = Value({}, models.JSONField())


class ProductState(models.TextChoices):
    DRAFT = "DRAFT", _("draft")
    SUBMITTED = "SUBMITTED", _("waiting for our check")
    RETURNED = "RETURNED", _("sent back to you")
    LIVE = "LIVE", _("in the shop")
    PAUSED = "PAUSED", _("paused")
    ENDED = "ENDED", _("ended")


PRODUCT: Final = Lifecycle(
    "product",
    {
        ProductState.DRAFT: {ProductState.SUBMITTED, ProductState.ENDED},
        ProductState.SUBMITTED: {ProductState.LIVE, ProductState.RETURNED, ProductState.DRAFT},
        ProductState.RETURNED: {ProductState.SUBMITTED, ProductState.ENDED},
        ProductState.LIVE: {ProductState.PAUSED, ProductState.ENDED},
        ProductState.PAUSED: {ProductState.LIVE, ProductState.ENDED},
        ProductState.ENDED: set(),
    },
)


class Category(models.Model):
    """A shelf of the shop; `path` holds the slugs from the root, so a shelf finds all below it."""

    slug = models.SlugField(max_length=60, unique=True)
    name = models.CharField(max_length=80)
    parent = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="children")
    path = models.CharField(max_length=200, blank=True, db_index=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        verbose_name_plural = "categories"

    def __str__(self) -> str:
        return self.name

    def save(self, **options: object) -> None:
        """Keep `path` true: the parent's path and the own slug."""
        self.path = f"{self.parent.path}{self.slug}/" if self.parent else f"{self.slug}/"
        super().save(**options)  # type: ignore[arg-type]

    def get_absolute_url(self) -> str:
        return f"/search/?category={self.slug}"


class ProductQuerySet(models.QuerySet["Product"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Show what is in the shop to everybody, one's own company's products, all for the trust desk."""
        if isinstance(user, User) and user.has_desk(User.Desk.TRUST):
            return self
        shown = Q(state=ProductState.LIVE)
        if isinstance(user, User) and user.company_id:
            shown |= Q(seller=user.company_id)
        return self.filter(shown)

    def owned_by(self, user: User | AnonymousUser) -> Self:
        """Keep the acting company's own products."""
        if not isinstance(user, User) or not user.company_id:
            return self.none()
        return self.filter(seller=user.company_id)

    def for_sale(self) -> Self:
        return self.filter(state=ProductState.LIVE)

    def awaiting_review(self) -> Self:
        """Keep submitted listings and live listings with changes that wait, oldest first."""
        return self.filter(Q(state=ProductState.SUBMITTED) | Q(changes_submitted=True)).order_by(
            F("submitted_at").asc(nulls_last=True), "pk"
        )

    def with_card(self) -> Self:
        """Everything a card or a list row shows, in the same statement."""
        return self.select_related("seller", "category", "lead", "cover")


class Product(models.Model):
    """A listing of one seller. Changes to a live listing wait in `changes` until they are approved."""

    number = models.CharField(max_length=20, unique=True)
    slug = models.SlugField(max_length=140, unique=True)
    seller = models.ForeignKey(Company, models.PROTECT, related_name="products")
    state = models.CharField(max_length=10, choices=ProductState, default=ProductState.DRAFT)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)
    language = models.CharField(max_length=10, default="en")
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True, related_name="products")
    hs_code = models.CharField(max_length=12, blank=True)
    hs_evidence = models.JSONField(default=dict, blank=True)
    origin = models.CharField(max_length=2, blank=True)
    # Papers of origin that hold or will hold, written by customs. Part of the row: a price sees every change.
    origin_papers = models.JSONField(default=list, blank=True, editable=False)
    customs_description = models.CharField(max_length=400, blank=True)
    materials = models.CharField(max_length=300, blank=True)
    lead = models.ForeignKey("Variant", models.SET_NULL, null=True, blank=True, related_name="+")
    cover = models.ForeignKey("Picture", models.SET_NULL, null=True, blank=True, related_name="+")
    # Pieces that can be bought by place, of all options together; written from the stores' books.
    stock = models.JSONField(default=dict, db_default=EMPTY, blank=True, editable=False)
    made_by_import = models.ForeignKey(
        "Import", models.SET_NULL, null=True, blank=True, related_name="products", editable=False
    )
    changes = models.JSONField(default=dict, blank=True)
    changes_submitted = models.BooleanField(default=False)
    search_title = models.CharField(max_length=200, blank=True, editable=False)
    search_vector = SearchVectorField(null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    submitted_at = models.DateTimeField(null=True, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    objects = ProductQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        indexes = [
            GinIndex(fields=["search_vector"], name="product_search"),
            GinIndex(fields=["search_title"], name="product_title_trgm", opclasses=["gin_trgm_ops"]),
            models.Index(F("published_at").desc(), "id", name="product_newest", condition=Q(state="LIVE")),
            models.Index(fields=["seller", "state"], name="product_seller_state"),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return f"/products/{self.slug}/"

    def code_for(self, country: str) -> str:
        """Return the goods code for a destination: the national one that was confirmed, else the HS code."""
        national: dict[str, str] = self.hs_evidence.get("national", {})
        return national.get(country) or self.hs_code

    def desk_url(self) -> str:
        """Point to the seller's own page of this product."""
        return reverse("catalog:edit", args=[self.number])

    def move_to(self, state: ProductState) -> None:
        """Take a move of the lifecycle's table; saving is the caller's."""
        PRODUCT.check(self.state, state)
        self.state = state


class VariantQuerySet(models.QuerySet["Variant"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        return self.filter(product__in=Product.objects.visible_to(user))

    def for_sale(self) -> Self:
        return self.filter(product__state=ProductState.LIVE, is_active=True)


class Variant(models.Model):
    """One thing that can be bought: `sku` is unique in the house, `seller_code` is the seller's own."""

    class Temperature(models.TextChoices):
        AMBIENT = "ambient", _("room temperature")
        COOL = "12-18C", _("cool, 12 to 18 °C")
        CHILLED = "chilled 2-4C", _("chilled, 2 to 4 °C")
        FROZEN = "frozen -18C", _("frozen, -18 °C")

    product = models.ForeignKey(Product, models.CASCADE, related_name="variants")
    sku = models.CharField(max_length=80, unique=True)
    seller_code = models.CharField(max_length=50, blank=True)
    options = models.JSONField(default=dict, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    price_amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    minimum_quantity = models.PositiveIntegerField(default=1)
    net_weight_kg = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    gross_weight_kg = models.DecimalField(max_digits=10, decimal_places=4, null=True, blank=True)
    length_cm = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    width_cm = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    height_cm = models.DecimalField(max_digits=7, decimal_places=2, null=True, blank=True)
    measured = models.JSONField(default=dict, blank=True, help_text="e.g. {'litre': '0.75'} of one piece")
    battery_wh = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    battery_un = models.CharField(max_length=20, blank=True)
    temperature = models.CharField(max_length=20, choices=Temperature, default=Temperature.AMBIENT)
    shelf_life_days = models.PositiveIntegerField(null=True, blank=True)
    # Pieces that can be bought by place, counted up to what a page says; written from the stores' books.
    stock = models.JSONField(default=dict, db_default=EMPTY, blank=True, editable=False)

    objects = VariantQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(price_amount__gt=0), name="variant_price_above_zero"),
            models.CheckConstraint(condition=Q(minimum_quantity__gte=1), name="variant_minimum_above_zero"),
            models.CheckConstraint(
                condition=Q(gross_weight_kg__isnull=True)
                | Q(net_weight_kg__isnull=True)
                | Q(gross_weight_kg__gte=F("net_weight_kg")),
                name="variant_gross_holds_net",
            ),
        ]

    def __str__(self) -> str:
        return self.sku

    @property
    def price(self) -> Money:
        return Money(self.price_amount, self.currency)

    @property
    def size_cm(self) -> tuple[Decimal, Decimal, Decimal] | None:
        """Packed length, width and height, or None while one of them is missing."""
        if self.length_cm is None or self.width_cm is None or self.height_cm is None:
            return None
        return self.length_cm, self.width_cm, self.height_cm

    @property
    def option_label(self) -> str:
        return ", ".join(str(value) for value in self.options.values())


class PriceTier(models.Model):
    """From this quantity on, one piece costs this much, in the variant's currency."""

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="tiers")
    from_quantity = models.PositiveIntegerField()
    price_amount = models.DecimalField(max_digits=19, decimal_places=4)

    class Meta:
        ordering = ["from_quantity"]
        constraints = [
            models.UniqueConstraint(fields=["variant", "from_quantity"], name="tier_once_per_quantity"),
            models.CheckConstraint(condition=Q(price_amount__gt=0), name="tier_price_above_zero"),
            models.CheckConstraint(condition=Q(from_quantity__gte=2), name="tier_starts_at_two"),
        ]

    def __str__(self) -> str:
        return f"{self.from_quantity}+"


class Picture(models.Model):
    """A photo of a product; `widths` names the renditions that are ready beside the original."""

    class State(models.TextChoices):
        WAITING = "WAITING", _("being made smaller")
        READY = "READY", _("ready")
        BROKEN = "BROKEN", _("cannot be read")

    product = models.ForeignKey(Product, models.CASCADE, related_name="pictures")
    name = models.CharField(max_length=80, unique=True, help_text="storage name without its ending")
    file_name = models.CharField(max_length=120, blank=True)
    alt = models.CharField(max_length=200, blank=True)
    position = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    original = models.CharField(max_length=120, blank=True)
    width = models.PositiveIntegerField(default=0)
    height = models.PositiveIntegerField(default=0)
    widths = models.JSONField(default=list, blank=True)
    colour = models.CharField(max_length=7, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.alt or self.file_name or self.name

    def _set(self, ending: str) -> str:
        return ", ".join(f"/media/{self.name}-{width}.{ending} {width}w" for width in self.widths)

    @property
    def avif_set(self) -> str:
        return self._set("avif")

    @property
    def webp_set(self) -> str:
        return self._set("webp")

    def url(self, width: int = 480) -> str:
        """Pick the smallest rendition at least this wide, else the widest, else nothing."""
        if not self.widths:
            return ""
        wide = [ready for ready in self.widths if ready >= width]
        return f"/media/{self.name}-{min(wide) if wide else max(self.widths)}.webp"

    @property
    def card_url(self) -> str:
        return self.url(480)

    @property
    def large_url(self) -> str:
        return self.url(1000)

    @property
    def thumb_url(self) -> str:
        return self.url(160)


class DeliveredPrice(models.Model):
    """What one piece costs at the door of a destination; every amount is for one piece."""

    class State(models.TextChoices):
        FIXED = "fixed", _("fixed")
        ESTIMATE = "estimate", _("estimate")
        NOT_POSSIBLE = "not_possible", _("not possible")

    variant = models.ForeignKey(Variant, models.CASCADE, related_name="delivered")
    destination = models.CharField(max_length=12)
    currency = models.CharField(max_length=3)
    quantity = models.PositiveIntegerField(default=1)
    state = models.CharField(max_length=14, choices=State)
    goods_amount = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    transport_amount = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    tax_amount = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    total_amount = models.DecimalField(max_digits=19, decimal_places=4, null=True)
    earliest_days = models.PositiveSmallIntegerField(null=True)
    latest_days = models.PositiveSmallIntegerField(null=True)
    nothing_at_the_door = models.BooleanField(default=False)
    basis_key = models.CharField(max_length=80, blank=True)
    computed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["variant", "destination", "currency"], name="delivered_price_once"
            ),
            models.CheckConstraint(
                condition=Q(state="not_possible") | Q(total_amount__isnull=False),
                name="delivered_price_has_total",
            ),
        ]
        indexes = [
            models.Index(fields=["destination", "currency", "total_amount"], name="delivered_by_price"),
            # Facets read these alone: the table itself is not touched.
            models.Index(
                fields=["destination", "currency", "variant"],
                include=["total_amount", "latest_days", "nothing_at_the_door"],
                name="delivered_for_facets",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.variant_id} to {self.destination} in {self.currency}"

    @property
    def each(self) -> Money | None:
        return None if self.total_amount is None else Money(self.total_amount, self.currency)

    @property
    def total(self) -> Money | None:
        """The price of the whole quantity that the figures were taken for."""
        return None if self.total_amount is None else Money(self.total_amount * self.quantity, self.currency)


class ListingReview(models.Model):
    """One decision of an operator about a listing, with a reason for each field that must change."""

    class Verdict(models.TextChoices):
        APPROVED = "APPROVED", _("approved")
        RETURNED = "RETURNED", _("returned")

    product = models.ForeignKey(Product, models.CASCADE, related_name="reviews")
    verdict = models.CharField(max_length=10, choices=Verdict)
    reasons = models.JSONField(default=dict, help_text="field name to the sentence the seller reads")
    snapshot = models.JSONField(default=dict, help_text="what the operator decided about")
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["-decided_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.product} {self.verdict}"


class SearchWord(models.Model):
    """A word that stands in a listing: what a mistyped word is corrected to."""

    word = models.CharField(max_length=40, primary_key=True)

    class Meta:
        indexes = [GinIndex(fields=["word"], name="search_word_trgm", opclasses=["gin_trgm_ops"])]

    def __str__(self) -> str:
        return self.word


class ImportQuerySet(models.QuerySet["Import"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        if not isinstance(user, User) or not user.company_id:
            return self.none()
        return self.filter(seller=user.company_id)


class Import(models.Model):
    """A list of products that a seller sent: its table, what is wrong in it, what became of it."""

    class State(models.TextChoices):
        MATCHING = "MATCHING", _("waits for you")
        CHECKING = "CHECKING", _("being checked")
        CHECKED = "CHECKED", _("checked")
        RUNNING = "RUNNING", _("going in")
        DONE = "DONE", _("in")
        UNDONE = "UNDONE", _("taken out")

    seller = models.ForeignKey(Company, models.CASCADE, related_name="imports")
    started_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.CHECKING)
    file_name = models.CharField(max_length=120)
    read_as = models.CharField(max_length=30)
    header = models.JSONField(default=list)
    columns = models.JSONField(default=list, help_text=_("Our field for each of their columns."))
    rows = models.JSONField(default=list)
    total = models.PositiveIntegerField(default=0)
    progress = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    errors = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)

    objects = ImportQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.file_name
