"""What keeping goods costs: rates with dates, a snapshot of the volume each day, a bill each month."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from logistics.warehousing.models.stock import Warehouse
from marketplace.accounts.models import Company, User


class StorageRate(models.Model):
    """What a cubic metre costs a day, from a date on; never edited once billed."""

    warehouse = models.ForeignKey(Warehouse, models.PROTECT, null=True, blank=True, related_name="rates")
    per_cbm_day = models.DecimalField(max_digits=12, decimal_places=4)
    aged_after_days = models.PositiveSmallIntegerField(default=181)
    aged_factor = models.DecimalField(max_digits=6, decimal_places=3, default=1)
    currency = models.CharField(max_length=3, default="USD")
    source = models.CharField(max_length=200)
    illustrative = models.BooleanField(default=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["warehouse", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["warehouse", "valid_from"], nulls_distinct=False, name="storage_rate_once"
            ),
            models.CheckConstraint(condition=Q(per_cbm_day__gte=0), name="storage_rate_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.per_cbm_day} {self.currency} a m³ and day"


class StorageSnapshot(models.Model):
    """The volume of one SKU of one owner on one day; bills are made of these, not of today's stock."""

    day = models.DateField()
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+")
    owner = models.ForeignKey(Company, models.PROTECT, related_name="+")
    sku = models.CharField(max_length=60)
    quantity = models.PositiveIntegerField()
    aged_quantity = models.PositiveIntegerField(default=0)
    unit_cbm = models.DecimalField(max_digits=12, decimal_places=6, null=True, blank=True)

    class Meta:
        ordering = ["day", "warehouse", "sku"]
        constraints = [
            models.UniqueConstraint(fields=["day", "warehouse", "owner", "sku"], name="snapshot_once_a_day")
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.sku} on {self.day}"


class StorageBillQuerySet(models.QuerySet["StorageBill"]):
    def visible_to(self, user: User) -> Self:
        """Return the company's own bills; staff see all."""
        if user.is_staff:
            return self
        return self.filter(owner=user.company_id) if user.company_id else self.none()


class StorageBill(models.Model):
    """A month's storage of one owner in one warehouse."""

    number = models.CharField(max_length=20, unique=True)
    owner = models.ForeignKey(Company, models.PROTECT, related_name="+")
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="+")
    month = models.DateField(help_text=_("its first day"))
    days = models.PositiveSmallIntegerField()
    average_cbm = models.DecimalField(max_digits=14, decimal_places=6)
    amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    unmeasured = models.JSONField(default=list, help_text=_("goods without a size, not billed"))
    illustrative = models.BooleanField(default=True)
    billed_at = models.DateTimeField()

    objects = StorageBillQuerySet.as_manager()

    class Meta:
        ordering = ["-month", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["owner", "warehouse", "month"], name="storage_billed_once"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="storage_bill_not_negative"),
        ]

    def __str__(self) -> str:
        return self.number
