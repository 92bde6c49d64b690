"""Exchange rates by source and day, the margin on them, and rates locked for one deal."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class RateSetQuerySet(models.QuerySet["RateSet"]):
    def newest(self) -> Self:
        return self.filter(state=RateSet.State.ACTIVE).order_by("-as_of", "-pk")


class RateSet(models.Model):
    """All rates of one source for one day. People's rates need a second person before they count."""

    class Source(models.TextChoices):
        ECB = "ecb", _("European Central Bank")
        OPERATOR = "operator", _("entered by us")
        ILLUSTRATIVE = "illustrative", _("illustrative, demo world only")

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("waits for a second person")
        ACTIVE = "ACTIVE", _("in force")
        REJECTED = "REJECTED", _("not accepted")

    number = models.CharField(max_length=20, unique=True)
    source = models.CharField(max_length=12, choices=Source)
    as_of = models.DateField()
    loaded_at = models.DateTimeField()
    state = models.CharField(max_length=8, choices=State)
    origin = models.CharField(
        max_length=200, blank=True, help_text="file, address or paper the rates come from"
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = RateSetQuerySet.as_manager()

    class Meta:
        ordering = ["-as_of", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(approved_by=None) | ~Q(approved_by=F("entered_by")), name="rate_set_two_people"
            ),
            models.CheckConstraint(
                condition=~Q(source="operator", state="ACTIVE") | Q(approved_by__isnull=False),
                name="operator_rates_approved",
            ),
            models.UniqueConstraint(
                fields=["source", "as_of"],
                condition=Q(source="ecb", state="ACTIVE"),
                name="one_ecb_set_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.source}, {self.as_of})"


class Rate(models.Model):
    """How many units of the currency one euro buys; the inverse is always derived."""

    rate_set = models.ForeignKey(RateSet, models.CASCADE, related_name="rates")
    currency = models.CharField(max_length=3)
    per_euro = models.DecimalField(max_digits=20, decimal_places=10)

    class Meta:
        ordering = ["currency"]
        constraints = [
            models.UniqueConstraint(fields=["rate_set", "currency"], name="rate_once_per_set"),
            models.CheckConstraint(condition=Q(per_euro__gt=0), name="rate_above_zero"),
        ]

    def __str__(self) -> str:
        return f"1 EUR = {self.per_euro} {self.currency}"


class SpreadRule(models.Model):
    """Our margin in basis points; the rule that names most (base, quote, tier) wins."""

    base = models.CharField(max_length=3, blank=True)
    quote = models.CharField(max_length=3, blank=True)
    tier = models.CharField(max_length=20, blank=True)
    basis_points = models.PositiveIntegerField()

    class Meta:
        ordering = ["base", "quote", "tier"]
        constraints = [
            models.UniqueConstraint(fields=["base", "quote", "tier"], name="spread_rule_once"),
            models.CheckConstraint(condition=Q(basis_points__lt=2000), name="spread_below_twenty_percent"),
        ]

    def __str__(self) -> str:
        return f"{self.base or '*'}/{self.quote or '*'} {self.tier}: {self.basis_points} bp"


class SpreadChange(models.Model):
    """A margin that counts from a day on, over the standing rules; a second person must agree.

    Without basis points the rule of this pair and tier ends, and the next wider one counts.
    """

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("waits for a second person")
        ACTIVE = "ACTIVE", _("agreed")
        REJECTED = "REJECTED", _("not accepted")

    number = models.CharField(max_length=20, unique=True)
    base = models.CharField(max_length=3, blank=True)
    quote = models.CharField(max_length=3, blank=True)
    tier = models.CharField(max_length=20, blank=True)
    basis_points = models.PositiveIntegerField(null=True, blank=True)
    valid_from = models.DateField()
    reason = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=State, default=State.DRAFT)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(basis_points__lt=2000), name="spread_change_below_a_fifth"),
            models.CheckConstraint(
                condition=~Q(state="ACTIVE")
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
                name="spread_change_two_people",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def key(self) -> tuple[str, str, str]:
        return (self.base, self.quote, self.tier)


class FxLock(models.Model):
    """Customer's rates held for half an hour for one deal; used at most once."""

    number = models.CharField(max_length=20, unique=True)
    rates = models.JSONField(help_text="pair → market, rate, spread_bp, as_of, source")
    table_version = models.CharField(max_length=60)
    locked_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_by = models.CharField(max_length=60, null=True, blank=True, unique=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("locked_at")), name="fx_lock_ends_after_start"
            )
        ]

    def __str__(self) -> str:
        return self.number

    def is_open(self, at: datetime) -> bool:
        return self.used_by is None and at < self.expires_at

    def rate(self, base: str, quote: str) -> Decimal:
        """Return the customer's rate kept for the pair; raise KeyError for a pair that was not locked."""
        return Decimal(1) if base == quote else Decimal(self.rates[f"{base}/{quote}"]["rate"])

    def market(self, base: str, quote: str) -> Decimal:
        """Return the market rate kept for the pair."""
        return Decimal(1) if base == quote else Decimal(self.rates[f"{base}/{quote}"]["market"])
