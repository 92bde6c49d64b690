"""What sellers earn and how it reaches them: commission, earnings, bank accounts, payouts."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Self

from django.conf import settings
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from marketplace.kit.lifecycle import Lifecycle
from marketplace.kit.money import Money
from orders.payments.models.payment import Freeze, Payment


class EarningQuerySet(models.QuerySet["Earning"]):
    def of_seller(self, seller: str | None) -> Self:
        return self.filter(seller=seller) if seller else self.none()

    def payable(self) -> Self:
        """Give what the next payout may settle: available and no reason holds its order.

        A hold keeps money back, never a debt: what a held order took away counts at once.
        """
        held = Freeze.objects.filter(order_number=OuterRef("order_number"), lifted_at=None)
        return self.filter(Q(amount__lt=0) | ~Exists(held), state=Earning.State.AVAILABLE)

    def due(self, at: datetime) -> Self:
        return self.filter(state=Earning.State.PENDING, available_at__lte=at)


class Earning(models.Model):
    """One line of a seller's balance: a sale, what a refund takes back, a fee, or a claim paid to them."""

    class Kind(models.TextChoices):
        SALE = "sale", _("sale")
        REFUND = "refund", _("refund")
        CHARGE = "charge", _("fee")
        CREDIT = "credit", _("claim paid")
        BACK = "back", _("taken back after a refund")
        KEPT = "kept", _("deposit kept")

    class State(models.TextChoices):
        PENDING = "PENDING", _("on the way")
        AVAILABLE = "AVAILABLE", _("ready")
        IN_PAYOUT = "IN_PAYOUT", _("in a payout")
        PAID = "PAID", _("paid")

    number = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=6, choices=Kind)
    seller = models.CharField(max_length=20, db_index=True)
    order_number = models.CharField(max_length=30, db_index=True)
    state = models.CharField(max_length=9, choices=State, default=State.PENDING)
    goods_amount = models.DecimalField(max_digits=19, decimal_places=4)
    commission_amount = models.DecimalField(max_digits=19, decimal_places=4)
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    earned_at = models.DateTimeField()
    available_at = models.DateTimeField(help_text="at the latest, when no receipt comes")
    part = models.CharField(max_length=40, blank=True, help_text="the parcel that this line waits for")
    payment = models.ForeignKey(
        Payment, models.PROTECT, null=True, blank=True, related_name="+",
        help_text="which paid for it, where an order was paid in two steps",
    )  # fmt: skip

    objects = EarningQuerySet.as_manager()

    class Meta:
        ordering = ["earned_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(amount=F("goods_amount") - F("commission_amount")), name="earning_adds_up"
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class BankAccount(models.Model):
    """Where a seller is paid in one currency; a new one waits 48 hours."""

    seller = models.CharField(max_length=20, db_index=True)
    currency = models.CharField(max_length=3)
    country = models.CharField(max_length=2)
    holder = models.CharField(max_length=120)
    account = models.CharField(max_length=40, help_text="IBAN or local account number")
    bic = models.CharField(max_length=11, blank=True)
    bank_name = models.CharField(max_length=80, blank=True)
    usable_from = models.DateTimeField()
    replaced_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "currency"],
                condition=Q(replaced_at=None),
                name="one_bank_account_per_currency",
            )
        ]

    def __str__(self) -> str:
        return f"{self.holder} {self.ending}"

    @property
    def ending(self) -> str:
        return self.account[-4:]


class Rail(models.TextChoices):
    BANK = "bank", _("our bank")
    TRANSFER = "transfer", _("the payment service")


class PayoutState(models.TextChoices):
    PREPARED = "PREPARED", _("waits for a second person")
    APPROVED = "APPROVED", _("ready for the bank")
    SENT = "SENT", _("with the bank")
    UNRESOLVED = "UNRESOLVED", _("no answer from the bank")
    PAID = "PAID", _("paid")
    FAILED = "FAILED", _("came back")


PAYOUT: Final = Lifecycle(
    "payout",
    {
        PayoutState.PREPARED: {PayoutState.APPROVED, PayoutState.FAILED},
        PayoutState.APPROVED: {PayoutState.SENT, PayoutState.PAID, PayoutState.FAILED},
        PayoutState.SENT: {PayoutState.PAID, PayoutState.FAILED, PayoutState.UNRESOLVED},
        PayoutState.UNRESOLVED: {PayoutState.PAID, PayoutState.FAILED},
        PayoutState.PAID: set(),
        PayoutState.FAILED: set(),
    },
)


class Payout(models.Model):
    """One payment to one seller in one currency; it settles the earnings that it names."""

    number = models.CharField(max_length=30, unique=True)
    seller = models.CharField(max_length=20, db_index=True)
    state = models.CharField(max_length=10, choices=PayoutState)
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    rail = models.CharField(max_length=12, choices=Rail, default=Rail.BANK)
    bank_account = models.ForeignKey(
        BankAccount, models.PROTECT, related_name="payouts", null=True, blank=True
    )
    prepared_at = models.DateTimeField()
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    second_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    sent_at = models.DateTimeField(null=True, blank=True)
    unresolved_at = models.DateTimeField(null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    bank_reference = models.CharField(max_length=60, blank=True)
    problem = models.CharField(max_length=200, blank=True)
    needs_two = models.BooleanField(default=False)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payout_above_zero"),
            models.CheckConstraint(
                condition=~Q(rail="bank") | Q(bank_account__isnull=False), name="bank_payout_has_an_account"
            ),
            models.CheckConstraint(
                condition=~Q(state="PAID") | ~Q(bank_reference=""), name="paid_payout_has_a_reference"
            ),
            models.CheckConstraint(
                condition=Q(needs_two=False) | Q(confirmed_by=None) | ~Q(confirmed_by=F("approved_by")),
                name="large_payout_two_people",
            ),
            models.CheckConstraint(
                condition=Q(second_by=None) | ~Q(second_by=F("approved_by")), name="large_payout_two_agree"
            ),
            models.UniqueConstraint(
                fields=["bank_reference"], condition=~Q(bank_reference=""), name="bank_reference_once"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)


class PayoutLine(models.Model):
    """An earning that a payout settles; it stays named when the payout comes back."""

    payout = models.ForeignKey(Payout, models.PROTECT, related_name="lines")
    earning = models.ForeignKey(Earning, models.PROTECT, related_name="payout_lines")
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    live = models.BooleanField(default=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["earning"], condition=Q(live=True), name="earning_paid_once")
        ]

    def __str__(self) -> str:
        return f"{self.payout_id}: {self.amount}"


class PayoutStop(models.Model):
    """Why a seller is not paid in one currency for now: the name that is paid waits for a decision."""

    seller = models.CharField(max_length=20, db_index=True)
    currency = models.CharField(max_length=3)
    name = models.CharField(max_length=160, help_text="whom we would pay")
    stopped_at = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "currency"], condition=Q(lifted_at=None), name="one_payout_stop_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.seller} {self.currency}"


class PayoutRoute(models.Model):
    """How a seller is paid; decided once by the country the seller signed up in."""

    seller = models.CharField(max_length=20, unique=True)
    country = models.CharField(max_length=2)
    rail = models.CharField(max_length=12, choices=Rail)
    account = models.CharField(max_length=120, blank=True, help_text="the seller's account at the provider")
    active = models.BooleanField(default=False, help_text="the provider lets money arrive there")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["seller"]

    def __str__(self) -> str:
        return f"{self.seller}: {self.rail}"


class Transfer(models.Model):
    """What one order's earning moves at the provider, out of the charge that paid for it; once for each."""

    class State(models.TextChoices):
        READY = "READY", _("to be sent")
        UNRESOLVED = "UNRESOLVED", _("sent, the answer was lost")
        SENT = "SENT", _("arrived")
        REFUSED = "REFUSED", _("refused, a person looks at it")

    payout = models.ForeignKey(Payout, models.PROTECT, related_name="transfers")
    line = models.OneToOneField(PayoutLine, models.PROTECT, related_name="transfer")
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    charge = models.CharField(max_length=120)
    group = models.CharField(max_length=60)
    destination = models.CharField(max_length=120)
    amount = models.DecimalField(
        max_digits=19, decimal_places=4, help_text="in the charge's settlement currency"
    )
    currency = models.CharField(max_length=3)
    seller_amount = models.DecimalField(max_digits=19, decimal_places=4)
    seller_currency = models.CharField(max_length=3)
    provider_transfer = models.CharField(max_length=120, blank=True)
    problem = models.CharField(max_length=200, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="transfer_above_zero"),
            models.UniqueConstraint(
                fields=["provider_transfer"], condition=~Q(provider_transfer=""), name="transfer_once"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def money(self) -> Money:
        return Money(self.amount, self.currency)

    @property
    def key(self) -> str:
        """Return the idempotency key: the same row always gives the same one."""
        return f"transfer:{self.payout.number}:{self.line_id}"
