"""The rules of our fee: dated, proposed by one person and agreed to by another."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.kit.money import Money
from orders.payments.commission import Rule


class CommissionRuleQuerySet(models.QuerySet["CommissionRule"]):
    def in_force(self, day: date) -> Self:
        """Give what two people agreed on and what counts on a day."""
        agreed = self.exclude(proposed_by__isnull=False, agreed_by=None)
        return agreed.filter(Q(valid_to=None) | Q(valid_to__gte=day), valid_from__lte=day)

    def open_proposals(self) -> Self:
        """Give what waits for a second person: new rules, and ends of rules."""
        fresh = Q(proposed_by__isnull=False, agreed_by=None)
        return self.filter(fresh | Q(end_proposed_by__isnull=False, valid_to=None))


class CommissionRule(models.Model):
    """One component of our fee; of each component the rule that names most wins."""

    class Component(models.TextChoices):
        BASE = "base", _("base, share of the goods")
        TIER = "tier", _("by the seller’s tier")
        LANE = "lane", _("by country of delivery")
        BAND = "band", _("by value of the goods")
        PAYMENT = "payment", _("share of the payment’s cost")
        FIXED = "fixed", _("fixed for each order")
        LIMIT = "limit", _("least and most for an order")

    component = models.CharField(max_length=7, choices=Component, default=Component.BASE)
    name = models.CharField(max_length=80, blank=True)
    category = models.CharField(max_length=80, blank=True)
    country = models.CharField(max_length=2, blank=True, help_text="the seller's")
    seller = models.CharField(max_length=20, blank=True)
    tier = models.CharField(max_length=10, blank=True)
    destination = models.CharField(max_length=2, blank=True)
    least_amount = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    below_amount = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    rate = models.DecimalField(max_digits=6, decimal_places=5)
    fixed_amount = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    floor_amount = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    cap_amount = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    agreed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    end_proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    end_proposed_on = models.DateField(null=True, blank=True)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = CommissionRuleQuerySet.as_manager()

    class Meta:
        ordering = ["component", "-seller", "-category", "-country", "-valid_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(rate__gt=-1) & Q(rate__lt=1), name="commission_rate_is_a_share"
            ),
            models.CheckConstraint(
                condition=~Q(component__in=["base", "payment"]) | Q(rate__gte=0),
                name="commission_base_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(agreed_by=None) | ~Q(agreed_by=F("proposed_by")), name="commission_two_people"
            ),
            models.CheckConstraint(
                condition=Q(ended_by=None) | ~Q(ended_by=F("end_proposed_by")),
                name="commission_end_two_people",
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gte=F("valid_from")),
                name="commission_ends_after_its_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.component} {self.rate:%}"

    def _money(self, amount: Decimal | None) -> Money | None:
        return Money(amount, self.currency) if amount is not None and self.currency else None

    @property
    def rule(self) -> Rule:
        """Give the rule as the calculator takes it."""
        return Rule(
            component=self.component, rate=self.rate, amount=self._money(self.fixed_amount),
            floor=self._money(self.floor_amount), cap=self._money(self.cap_amount), seller=self.seller,
            category=self.category, country=self.country, destination=self.destination, tier=self.tier,
            least=self._money(self.least_amount), below=self._money(self.below_amount),
            name=self.name or str(self.get_component_display()),
        )  # fmt: skip
