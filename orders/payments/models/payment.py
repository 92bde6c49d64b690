"""What buyers pay: payments, the calls and messages behind them, shares of orders, refunds, disputes."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Final, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.kit.lifecycle import Lifecycle
from marketplace.kit.money import Money


class PaymentState(models.TextChoices):
    CREATED = "CREATED", _("being prepared")
    OPEN = "OPEN", _("waiting for the buyer")
    PAID = "PAID", _("paid")
    EXPIRED = "EXPIRED", _("not paid in time")
    FAILED = "FAILED", _("failed")


PAYMENT: Final = Lifecycle(
    "payment",
    {
        PaymentState.CREATED: {
            PaymentState.OPEN,
            PaymentState.PAID,
            PaymentState.FAILED,
            PaymentState.EXPIRED,
        },
        PaymentState.OPEN: {PaymentState.PAID, PaymentState.FAILED, PaymentState.EXPIRED},
        # A bank may still report success after we gave up: the money is real, so the state follows it.
        PaymentState.EXPIRED: {PaymentState.PAID, PaymentState.OPEN},
        PaymentState.FAILED: {PaymentState.PAID, PaymentState.OPEN},
        PaymentState.PAID: set(),
    },
)


def waited(field: str, moment: datetime, now: datetime) -> Q:
    """Keep what is older than the moment; a stamp of the future is from a wrong clock and counts as old."""
    return Q(**{f"{field}__lt": moment}) | Q(**{f"{field}__gt": now})


class PaymentQuerySet(models.QuerySet["Payment"]):
    def awaiting(self) -> Self:
        return self.filter(state__in=[PaymentState.CREATED, PaymentState.OPEN])

    def unheard_since(self, moment: datetime, *, now: datetime) -> Self:
        """Give payments whose outcome nobody has reported, first those that were looked up longest ago.

        A payment without a page at the provider has no outcome to ask for until its time is over.
        """
        never = Q(looked_up_at=None) & waited("created_at", moment, now)
        silent = never | waited("looked_up_at", moment, now)
        asked = ~Q(session="") | Q(expires_at__lt=now)
        return self.awaiting().filter(silent, asked).order_by(F("looked_up_at").asc(nulls_first=True), "pk")


class Payment(models.Model):
    """One payment of one reference (an order group); the row exists before the provider hears of it."""

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    reference = models.CharField(max_length=60, unique=True)
    state = models.CharField(max_length=8, choices=PaymentState, default=PaymentState.CREATED)
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    charged_amount = models.DecimalField(
        max_digits=19, decimal_places=4, help_text="what the provider can charge"
    )
    captured_amount = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    refunded_amount = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    currency = models.CharField(max_length=3)
    email = models.EmailField(blank=True)
    description = models.CharField(max_length=200, blank=True)
    success_url = models.URLField(max_length=500)
    cancel_url = models.URLField(max_length=500)
    attempt = models.PositiveSmallIntegerField(default=1)
    session = models.CharField(max_length=120, blank=True, db_index=True)
    intent = models.CharField(max_length=120, blank=True, db_index=True)
    charge = models.CharField(max_length=120, blank=True, db_index=True)
    page = models.URLField(max_length=2000, blank=True)
    expires_at = models.DateTimeField(help_text="until when the price and the goods are held")
    page_expires_at = models.DateTimeField()
    created_at = models.DateTimeField()
    looked_up_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)

    objects = PaymentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_above_zero"),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0) & Q(refunded_amount__lte=F("captured_amount")),
                name="payment_refund_within_capture",
            ),
            models.UniqueConstraint(
                fields=["charge"], condition=~Q(charge=""), name="payment_one_per_charge"
            ),
            models.CheckConstraint(condition=Q(paid_at=None) ^ Q(state="PAID"), name="payment_paid_has_day"),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def charged(self) -> Money:
        return Money(self.charged_amount, self.currency)

    def call_key(self, step: str = "pay") -> str:
        """Return the idempotency key of a call: the same row and attempt always give the same key."""
        return f"{step}:{self.key}:{self.attempt}"


class WebhookMessage(models.Model):
    """A signed message as it came in; understood later by asking the provider for the object itself."""

    event = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=80)
    object_id = models.CharField(max_length=120, blank=True)
    payload = models.JSONField()
    received_at = models.DateTimeField()
    understood_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.kind} {self.event}"


class OrderShare(models.Model):
    """One order's share of a payment with the commission as it stood at the sale."""

    class State(models.TextChoices):
        EXPECTED = "EXPECTED", _("waiting for the payment")
        DEPOSIT = "DEPOSIT", _("deposit paid, the balance is open")
        HELD = "HELD", _("paid, held until shipment")
        EARNED = "EARNED", _("shipped, earned by the seller")
        REFUNDED = "REFUNDED", _("given back before shipment")

    payment = models.ForeignKey(Payment, models.PROTECT, related_name="shares")
    order_number = models.CharField(max_length=30, unique=True)
    seller = models.CharField(max_length=20, db_index=True)
    country = models.CharField(max_length=2)
    state = models.CharField(max_length=8, choices=State, default=State.EXPECTED)
    currency = models.CharField(max_length=3)
    goods_amount = models.DecimalField(max_digits=19, decimal_places=4)
    exchange_amount = models.DecimalField(max_digits=19, decimal_places=4)
    freight_amount = models.DecimalField(max_digits=19, decimal_places=4)
    insurance_amount = models.DecimalField(max_digits=19, decimal_places=4)
    duty_amount = models.DecimalField(max_digits=19, decimal_places=4)
    tax_amount = models.DecimalField(max_digits=19, decimal_places=4)
    fees_amount = models.DecimalField(max_digits=19, decimal_places=4)
    seller_amount = models.DecimalField(max_digits=19, decimal_places=4, help_text="goods, seller's currency")
    seller_currency = models.CharField(max_length=3)
    commission_amount = models.DecimalField(max_digits=19, decimal_places=4)
    commission_words = models.CharField(max_length=120)
    commission_lines = models.JSONField(default=list, help_text="the fee as it was worked out at the sale")
    earned_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["order_number"]

    def __str__(self) -> str:
        return self.order_number

    def money(self, part: str) -> Money:
        return Money(getattr(self, f"{part}_amount"), self.currency)

    @property
    def seller_goods(self) -> Money:
        return Money(self.seller_amount, self.seller_currency)

    @property
    def commission(self) -> Money:
        return Money(self.commission_amount, self.seller_currency)


class Instalment(models.Model):
    """A part of an order's price with a payment of its own: 1 deposit, 2 balance; one capture each."""

    DEPOSIT: Final = 1
    BALANCE: Final = 2

    share = models.ForeignKey(OrderShare, models.PROTECT, related_name="instalments")
    n = models.PositiveSmallIntegerField()
    reference = models.CharField(max_length=60, db_index=True, help_text="of the payment")
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)

    class Meta:
        ordering = ["share", "n"]
        constraints = [
            models.UniqueConstraint(fields=["share", "n"], name="instalment_once"),
            models.CheckConstraint(condition=Q(amount__gt=0), name="instalment_above_zero"),
            models.CheckConstraint(condition=Q(n__in=[1, 2]), name="instalment_of_two"),
        ]

    def __str__(self) -> str:
        return f"{self.reference}: {self.n}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class Freeze(models.Model):
    """Why an order's money waits; several reasons may hold it, each is lifted on its own."""

    order_number = models.CharField(max_length=30, db_index=True)
    reason = models.CharField(max_length=60)
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order_number", "reason"], condition=Q(lifted_at=None), name="freeze_once_per_reason"
            )
        ]

    def __str__(self) -> str:
        return f"{self.order_number}: {self.reason}"


class RefundState(models.TextChoices):
    REQUESTED = "REQUESTED", _("on its way to the provider")
    SENT = "SENT", _("with the provider")
    DONE = "DONE", _("paid back")
    FAILED = "FAILED", _("failed, a person looks at it")


REFUND: Final = Lifecycle(
    "refund",
    {
        RefundState.REQUESTED: {RefundState.SENT, RefundState.DONE, RefundState.FAILED},
        RefundState.SENT: {RefundState.DONE, RefundState.FAILED},
        RefundState.FAILED: {RefundState.SENT, RefundState.DONE},
        RefundState.DONE: set(),
    },
)


class Refund(models.Model):
    """Money given back to the buyer, spread over the parts of the order's price."""

    key = models.CharField(max_length=120, unique=True)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="refunds")
    order_number = models.CharField(max_length=30, blank=True, db_index=True)
    state = models.CharField(max_length=9, choices=RefundState, default=RefundState.REQUESTED)
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    charged_amount = models.DecimalField(
        max_digits=19, decimal_places=4, help_text="what the provider gives back"
    )
    currency = models.CharField(max_length=3)
    parts = models.JSONField(default=dict, help_text="part → amount")
    lines = models.JSONField(
        default=dict, blank=True, help_text="the host's line → part → amount, where it knows"
    )
    named = models.BooleanField(default=False, help_text="of parts that were named, not of an amount alone")
    seller_amount = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    commission_amount = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    reason = models.CharField(max_length=200)
    provider_refund = models.CharField(max_length=120, blank=True, db_index=True)
    requested_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=Q(amount__gt=0), name="refund_above_zero")]

    def __str__(self) -> str:
        return self.key

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class Dispute(models.Model):
    """The buyer's bank takes money back and asks for evidence."""

    class State(models.TextChoices):
        OPEN = "OPEN", _("waiting for evidence")
        WON = "WON", _("won")
        LOST = "LOST", _("lost")

    provider_dispute = models.CharField(max_length=120, unique=True)
    payment = models.ForeignKey(Payment, models.PROTECT, related_name="disputes")
    state = models.CharField(max_length=4, choices=State, default=State.OPEN)
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    reason = models.CharField(max_length=80, blank=True)
    evidence_due = models.DateTimeField(null=True, blank=True)
    evidence_paper = models.CharField(max_length=30, blank=True, help_text="our copy of what was handed over")
    evidence_given_at = models.DateTimeField(null=True, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.provider_dispute
