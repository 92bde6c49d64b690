"""Cart, quote, order: what was promised is frozen in the row."""

from __future__ import annotations

import secrets
from decimal import Decimal
from typing import Final, Self

from django.contrib.auth.models import AnonymousUser
from django.core import signing
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from catalog.models import Variant
from marketplace.accounts.models import Company, User
from marketplace.kit.lifecycle import Lifecycle
from marketplace.kit.money import Money, total
from marketplace.kit.places import Place

LINK_SALT: Final = "orders.link"


def new_token() -> str:
    return secrets.token_urlsafe(24)


class OrderState(models.TextChoices):
    PLACED = "PLACED", _("waiting for payment")
    DEPOSIT = "DEPOSIT", _("deposit paid")
    PAID = "PAID", _("paid")
    HELD = "HELD", _("waiting for customs papers")
    PACKED = "PACKED", _("packed")
    SHIPPED = "SHIPPED", _("on the way")
    DELIVERED = "DELIVERED", _("delivered")
    COMPLETED = "COMPLETED", _("received")
    CANCELLED = "CANCELLED", _("cancelled")
    REFUNDED = "REFUNDED", _("money sent back")


_ENDS: Final = {OrderState.CANCELLED, OrderState.REFUNDED}
ORDER: Final = Lifecycle(
    "order",
    {
        OrderState.PLACED: {OrderState.PAID, OrderState.DEPOSIT, OrderState.CANCELLED},
        OrderState.DEPOSIT: {OrderState.PAID, *_ENDS},
        OrderState.PAID: {OrderState.HELD, OrderState.PACKED, OrderState.SHIPPED, *_ENDS},
        OrderState.HELD: {OrderState.PAID, OrderState.PACKED, OrderState.SHIPPED, *_ENDS},
        OrderState.PACKED: {OrderState.HELD, OrderState.SHIPPED, *_ENDS},
        OrderState.SHIPPED: {OrderState.HELD, OrderState.DELIVERED, OrderState.REFUNDED},
        OrderState.DELIVERED: {OrderState.COMPLETED, OrderState.REFUNDED},
        OrderState.COMPLETED: {OrderState.REFUNDED},
        OrderState.CANCELLED: set(),
        OrderState.REFUNDED: set(),
    },
)
GROUP: Final = Lifecycle(
    "order group",
    {
        "PLACED": {"PAID", "CANCELLED"},
        "PAID": {"REFUNDED"},
        "CANCELLED": {"REFUNDED", "PAID"},
        "REFUNDED": set(),
    },
)


class Cart(models.Model):
    """What a visitor wants to buy; a guest holds it by its token, a person by signing in."""

    token = models.CharField(max_length=40, unique=True, default=new_token)
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="carts")
    choices = models.JSONField(default=dict, help_text="seller number → delivery option code")
    insured = models.BooleanField(default=True)
    terms = models.CharField(max_length=3, default="DDP")
    removed = models.JSONField(null=True, blank=True, help_text="the line taken out last, for undo")
    ordered_at = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-updated_at", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(terms__in=["DDP", "DAP"]), name="cart_terms_known"),
            models.UniqueConstraint(
                fields=["user"], condition=Q(ordered_at=None), name="cart_one_open_per_user"
            ),
        ]

    def __str__(self) -> str:
        return f"cart {self.pk}"


class CartLine(models.Model):
    """A variant and how many of it."""

    cart = models.ForeignKey(Cart, models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, models.CASCADE, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["cart", "variant"], name="cart_line_once"),
            models.CheckConstraint(
                condition=Q(quantity__gt=0, quantity__lte=99_999), name="cart_line_quantity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.variant_id}"


class Quote(models.Model):
    """A binding price for a cart: the whole snapshot, one exchange lock, a time limit."""

    number = models.CharField(max_length=24, unique=True)
    cart = models.ForeignKey(Cart, models.CASCADE, related_name="quotes")
    fingerprint = models.CharField(max_length=64, help_text="what was asked: lines, place, choices")
    snapshot = models.JSONField(help_text="seller number → landed cost")
    fx_lock = models.CharField(max_length=24, blank=True)
    total_amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    given_at = models.DateTimeField()
    valid_until = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-given_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(total_amount__gte=0), name="quote_total_not_negative"),
            models.CheckConstraint(condition=Q(valid_until__gt=F("given_at")), name="quote_ends_later"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def total(self) -> Money:
        return Money(self.total_amount, self.currency)


class OrderGroup(models.Model):
    """One purchase with one payment; each seller has an order in it."""

    number = models.CharField(max_length=24, unique=True)
    key = models.CharField(max_length=80, unique=True, help_text="repeated placing finds the same group")
    cart = models.ForeignKey(Cart, models.SET_NULL, null=True, related_name="groups")
    quote = models.OneToOneField(Quote, models.PROTECT, related_name="group", null=True)
    buyer = models.ForeignKey(Company, models.PROTECT, related_name="purchases")
    user = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    state = models.CharField(max_length=12, default="PLACED")
    email = models.EmailField()
    name = models.CharField(max_length=120)
    phone = models.CharField(max_length=30, blank=True)
    street = models.CharField(max_length=160)
    postal_code = models.CharField(max_length=12, blank=True)
    town = models.CharField(max_length=80)
    region = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2)
    company_name = models.CharField(max_length=120, blank=True)
    tax_id = models.CharField(max_length=40, blank=True)
    terms = models.CharField(max_length=3, default="DDP")
    insured = models.BooleanField(default=True)
    total_amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    placed_at = models.DateTimeField()
    pay_until = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-placed_at", "-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(total_amount__gte=0), name="group_total_not_negative"),
            models.CheckConstraint(
                condition=Q(state__in=["PLACED", "PAID", "CANCELLED", "REFUNDED"]), name="group_state_known"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def total(self) -> Money:
        return Money(self.total_amount, self.currency)

    @cached_property
    def due_now(self) -> Money:
        """Give what the first payment is: the total, less the balances of orders paid in two steps."""
        return total((order.due_now for order in self.orders.all()), self.currency)

    @property
    def place(self) -> Place:
        return Place(self.country, self.postal_code, self.town, self.region)

    def move_to(self, target: str) -> None:
        """Take a step the lifecycle allows; the action that called us holds the row and saves it."""
        GROUP.check(self.state, target)
        self.state = target


class OrderQuerySet(models.QuerySet["Order"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Orders that this person's company buys or sells."""
        if not isinstance(user, User) or not user.company_id:
            return self.none()
        return self.filter(Q(group__buyer=user.company_id) | Q(seller=user.company_id))

    def bought_by(self, user: User | AnonymousUser) -> Self:
        if not isinstance(user, User) or not user.company_id:
            return self.none()
        return self.filter(group__buyer=user.company_id)

    def sold_by(self, user: User | AnonymousUser) -> Self:
        """Paid orders of the seller; unpaid ones are not the seller's business yet."""
        if not isinstance(user, User) or not user.company_id:
            return self.none()
        return self.filter(seller=user.company_id).exclude(state=OrderState.PLACED)

    def awaiting_payment(self) -> Self:
        return self.filter(state=OrderState.PLACED)


class Order(models.Model):
    """One seller's part of a purchase, every amount frozen when it was placed."""

    number = models.CharField(max_length=24, unique=True)
    group = models.ForeignKey(OrderGroup, models.PROTECT, related_name="orders")
    seller = models.ForeignKey(Company, models.PROTECT, related_name="sales")
    state = models.CharField(max_length=12, choices=OrderState, default=OrderState.PLACED)
    goods_amount = models.DecimalField(max_digits=19, decimal_places=4)
    exchange_amount = models.DecimalField(max_digits=19, decimal_places=4, default=Decimal(0))
    freight_amount = models.DecimalField(max_digits=19, decimal_places=4)
    insurance_amount = models.DecimalField(max_digits=19, decimal_places=4)
    duty_amount = models.DecimalField(max_digits=19, decimal_places=4)
    tax_amount = models.DecimalField(max_digits=19, decimal_places=4)
    fees_amount = models.DecimalField(max_digits=19, decimal_places=4)
    total_amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    seller_amount = models.DecimalField(max_digits=19, decimal_places=4, help_text="goods, seller's currency")
    seller_currency = models.CharField(max_length=3)
    charges = models.JSONField(help_text="every line of the price as promised")
    fx = models.JSONField(default=list)
    delivery = models.JSONField(default=dict)
    terms = models.CharField(max_length=3, default="DDP")
    option_code = models.CharField(max_length=120, blank=True)
    shipment_number = models.CharField(max_length=24, blank=True)
    earliest_on = models.DateField(null=True, blank=True)
    latest_on = models.DateField(null=True, blank=True)
    placed_at = models.DateTimeField()
    paid_at = models.DateTimeField(null=True, blank=True)
    accepted_at = models.DateTimeField(null=True, blank=True)
    packed_at = models.DateTimeField(null=True, blank=True)
    shipped_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=200, blank=True)
    held_from = models.CharField(max_length=12, blank=True, help_text="state to return to after a hold")
    deposit_amount = models.DecimalField(
        max_digits=19, decimal_places=4, default=Decimal(0), help_text="paid first; 0: all is paid at once"
    )
    deposit_kept_amount = models.DecimalField(
        max_digits=19, decimal_places=4, default=Decimal(0), help_text="of it, when the balance is not paid"
    )
    balance_days = models.PositiveSmallIntegerField(default=0)
    deposit_paid_at = models.DateTimeField(null=True, blank=True)
    balance_asked_at = models.DateTimeField(null=True, blank=True)
    balance_due_at = models.DateTimeField(null=True, blank=True, db_index=True)
    balance_reminders = models.PositiveSmallIntegerField(default=0)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-placed_at", "-pk"]
        indexes = [models.Index(fields=["seller", "state", "-placed_at"], name="order_seller_state")]
        constraints = [
            models.UniqueConstraint(fields=["group", "seller"], name="order_one_per_seller"),
            models.CheckConstraint(condition=Q(state__in=OrderState.values), name="order_state_known"),
            models.CheckConstraint(condition=Q(total_amount__gte=0), name="order_total_not_negative"),
            models.CheckConstraint(
                condition=Q(
                    total_amount=F("goods_amount") + F("exchange_amount") + F("freight_amount")
                    + F("insurance_amount") + F("duty_amount") + F("tax_amount") + F("fees_amount")
                ),
                name="order_total_is_sum_of_parts",
            ),
            models.CheckConstraint(
                condition=Q(deposit_amount=0)
                | Q(deposit_amount__gt=0, deposit_amount__lt=F("total_amount"), balance_days__gt=0),
                name="order_deposit_leaves_a_balance",
            ),
            models.CheckConstraint(
                condition=Q(deposit_kept_amount__gte=0, deposit_kept_amount__lte=F("deposit_amount")),
                name="order_keeps_of_its_deposit",
            ),
            models.CheckConstraint(
                condition=Q(balance_asked_at=None, balance_due_at=None)
                | Q(balance_due_at__isnull=False, balance_due_at__gt=F("balance_asked_at")),
                name="order_balance_asked_has_an_end",
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("orders:detail", args=[self.number])

    @property
    def total(self) -> Money:
        return Money(self.total_amount, self.currency)

    @property
    def deposit(self) -> Money:
        return Money(self.deposit_amount, self.currency)

    @property
    def balance(self) -> Money:
        """Give what is paid before shipping; zero where all is paid at once."""
        return self.total - self.deposit if self.deposit_amount else Money.zero(self.currency)

    @property
    def deposit_kept(self) -> Money:
        return Money(self.deposit_kept_amount, self.currency)

    @property
    def due_now(self) -> Money:
        return self.deposit if self.deposit_amount else self.total

    @property
    def signed_link(self) -> str:
        """An address that opens this order without an account."""
        return reverse("orders:signed", args=[signing.Signer(salt=LINK_SALT).sign(self.number)])

    def move_to(self, target: str) -> None:
        """Take a step the lifecycle allows; the action that called us holds the row and saves it."""
        ORDER.check(self.state, target)
        self.state = target


class OrderLine(models.Model):
    """What was sold, with the customs data as it was on that day."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    variant = models.ForeignKey(Variant, models.SET_NULL, null=True, related_name="+")
    reference = models.CharField(max_length=10)
    sku = models.CharField(max_length=80)
    title = models.CharField(max_length=200)
    option = models.CharField(max_length=120, blank=True)
    quantity = models.PositiveIntegerField()
    unit_amount = models.DecimalField(max_digits=19, decimal_places=4)
    unit_currency = models.CharField(max_length=3)
    goods_amount = models.DecimalField(max_digits=19, decimal_places=4, help_text="buyer's currency")
    hs_code = models.CharField(max_length=12, blank=True)
    origin = models.CharField(max_length=2, blank=True)
    customs_description = models.CharField(max_length=400, blank=True)
    net_weight_kg = models.DecimalField(max_digits=12, decimal_places=4, default=Decimal(0))
    gross_weight_kg = models.DecimalField(max_digits=12, decimal_places=4, default=Decimal(0))
    measured = models.JSONField(default=dict)
    traits = models.JSONField(default=dict)

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="order_line_quantity")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.title}"


class Review(models.Model):
    """What a buyer thinks of a product; one per order line."""

    line = models.OneToOneField(OrderLine, models.CASCADE, related_name="review")
    author = models.CharField(max_length=120)
    country = models.CharField(max_length=2)
    stars = models.PositiveSmallIntegerField()
    language = models.CharField(max_length=10, default="en")
    text = models.TextField(max_length=2000, blank=True)
    written_at = models.DateTimeField()

    class Meta:
        ordering = ["-written_at", "-pk"]
        constraints = [models.CheckConstraint(condition=Q(stars__gte=1, stars__lte=5), name="review_stars")]

    def __str__(self) -> str:
        return f"{self.stars} for {self.line_id}"
