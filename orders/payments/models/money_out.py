"""What leaves in other forms: invoices of our fee, exchange at the bank, exchange for sellers."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from marketplace.kit.money import Money

DAY_OF_MONTH_ONE: Final = Q(month__day=1)


class FeeInvoice(models.Model):
    """Our fees of one seller, one currency and one month; below zero it is a credit note."""

    number = models.CharField(max_length=20, unique=True)
    seller = models.CharField(max_length=20, db_index=True)
    currency = models.CharField(max_length=3)
    month = models.DateField(help_text="its first day")
    fee_amount = models.DecimalField(max_digits=19, decimal_places=4)
    tax_amount = models.DecimalField(max_digits=19, decimal_places=4)
    category = models.CharField(max_length=2)
    rate = models.DecimalField(max_digits=6, decimal_places=5)
    reason = models.CharField(max_length=120, blank=True)
    issued_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["seller", "currency", "month"], name="fee_invoice_once_a_month"),
            models.CheckConstraint(condition=DAY_OF_MONTH_ONE, name="fee_invoice_of_a_month"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def total(self) -> Money:
        return Money(self.fee_amount + self.tax_amount, self.currency)


class BankExchange(models.Model):
    """One currency sold for another at our bank; the difference to the market is gain (or loss) in euro."""

    reference = models.CharField(max_length=60, unique=True, help_text="the bank's number of the deal")
    sold_amount = models.DecimalField(max_digits=19, decimal_places=4)
    sold_currency = models.CharField(max_length=3)
    bought_amount = models.DecimalField(max_digits=19, decimal_places=4)
    bought_currency = models.CharField(max_length=3)
    gain_amount = models.DecimalField(max_digits=19, decimal_places=4, help_text="in euro, at market rates")
    table_version = models.CharField(max_length=60)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(sold_amount__gt=0) & Q(bought_amount__gt=0), name="bank_exchange_above_zero"
            ),
            models.CheckConstraint(
                condition=~Q(sold_currency=F("bought_currency")), name="bank_exchange_two_currencies"
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def sold(self) -> Money:
        return Money(self.sold_amount, self.sold_currency)

    @property
    def bought(self) -> Money:
        return Money(self.bought_amount, self.bought_currency)

    @property
    def gain(self) -> Money:
        return Money(self.gain_amount, "EUR")


class PayoutChoice(models.Model):
    """The currency in which a seller wants to be paid; none: each balance in its own currency."""

    seller = models.CharField(max_length=20, unique=True)
    currency = models.CharField(max_length=3)
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta:
        ordering = ["seller"]

    def __str__(self) -> str:
        return f"{self.seller}: {self.currency}"


class PayoutPlan(models.Model):
    """How often a seller wants to be paid, and from which worth on; what is less waits for the next time."""

    INTERVALS: Final = (1, 7, 14, 30)

    seller = models.CharField(max_length=20, unique=True)
    interval_days = models.PositiveSmallIntegerField()
    minimum_eur = models.DecimalField(max_digits=19, decimal_places=4)
    chosen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    chosen_at = models.DateTimeField()

    class Meta:
        ordering = ["seller"]
        constraints = [
            models.CheckConstraint(
                condition=Q(interval_days__in=[1, 7, 14, 30]), name="payout_interval_known"
            ),
            models.CheckConstraint(
                condition=Q(minimum_eur__gte=0) & Q(minimum_eur__lte=1000), name="payout_minimum_in_bounds"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.seller}: every {self.interval_days} days"


class SellerExchange(models.Model):
    """A seller's ready balance changed into the chosen currency: market rate, our margin, both amounts."""

    number = models.CharField(max_length=30, unique=True)
    seller = models.CharField(max_length=20, db_index=True)
    from_amount = models.DecimalField(max_digits=19, decimal_places=4)
    from_currency = models.CharField(max_length=3)
    to_amount = models.DecimalField(max_digits=19, decimal_places=4)
    to_currency = models.CharField(max_length=3)
    market = models.DecimalField(max_digits=30, decimal_places=18)
    rate = models.DecimalField(max_digits=30, decimal_places=18)
    spread_bp = models.PositiveIntegerField()
    as_of = models.DateField()
    source = models.CharField(max_length=200)
    exchanged_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_amount__gt=0) & Q(to_amount__gt=0), name="seller_exchange_above_zero"
            )
        ]

    def __str__(self) -> str:
        return self.number
