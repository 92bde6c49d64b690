"""Which of a seller's orders may be paid in two steps."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from marketplace.accounts.models import Company, User
from marketplace.kit.money import Money
from orders.deposits import DepositTerms


class DepositRule(models.Model):
    """A seller's offer for one country of delivery, or for all others: a deposit first."""

    seller = models.ForeignKey(Company, models.CASCADE, related_name="deposit_rules")
    country = models.CharField(max_length=2, blank=True, help_text="of delivery; empty: all others")
    share = models.DecimalField(max_digits=4, decimal_places=3)
    least_amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    days = models.PositiveSmallIntegerField(help_text="to pay the balance")
    kept = models.DecimalField(max_digits=4, decimal_places=3, default=Decimal(0))
    set_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    class Meta:
        ordering = ["country"]
        constraints = [
            models.UniqueConstraint(fields=["seller", "country"], name="deposit_rule_once_per_country"),
            models.CheckConstraint(condition=Q(share__gte=Decimal("0.1"), share__lte=Decimal("0.9")),
                                   name="deposit_share_in_bounds"),
            models.CheckConstraint(condition=Q(kept__gte=0, kept__lte=Decimal("0.5")),
                                   name="deposit_kept_in_bounds"),
            models.CheckConstraint(condition=Q(days__gte=3, days__lte=30), name="deposit_days_in_bounds"),
            models.CheckConstraint(condition=Q(least_amount__gt=0), name="deposit_least_above_zero"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.seller}: {self.share:%} {self.country}"

    @property
    def terms(self) -> DepositTerms:
        least = Money(self.least_amount, self.currency)
        return DepositTerms(self.share, least, self.days, self.kept)
