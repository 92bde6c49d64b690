"""Carriers and their dated rate cards, hubs and the legs between them."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User


class Mode(models.TextChoices):
    """How a leg moves."""

    ROAD = "road", _("road")
    RAIL = "rail", _("rail")
    AIR = "air", _("air")
    SEA = "sea", _("sea")
    REEFER = "reefer", _("frozen container by sea")
    PARCEL = "parcel", _("parcel van")
    POST = "post", _("post")


class Carrier(models.Model):
    """A company that moves goods; the house carrier sells Sampan's own rate cards."""

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=10, default="house")

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    """Something a carrier sells under a name."""

    carrier = models.ForeignKey(Carrier, models.PROTECT, related_name="services")
    code = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=80)
    mode = models.CharField(max_length=10, choices=Mode)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class ServiceVersion(models.Model):
    """A dated rate card: every rule is data, and a version that a quote has used never changes."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", _("draft")
        ACTIVE = "ACTIVE", _("active")
        RETIRED = "RETIRED", _("retired")

    service = models.ForeignKey(Service, models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    rules = models.JSONField(default=dict, help_text=_("Divisor, rounding, steps, limits, surcharges, fuel."))
    source = models.CharField(max_length=300)
    illustrative = models.BooleanField(default=False)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["service", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["service", "number"], name="service_version_once"),
            models.CheckConstraint(
                condition=Q(valid_until=None) | Q(valid_until__gte=F("valid_from")),
                name="version_dates_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service.code}/{self.number}"


class ZoneRow(models.Model):
    """Which zone of a version a country, or a range of its postcodes, lies in."""

    version = models.ForeignKey(ServiceVersion, models.CASCADE, related_name="zones")
    zone = models.CharField(max_length=20)
    country = models.CharField(max_length=2)
    postcode_from = models.CharField(max_length=12, blank=True)
    postcode_to = models.CharField(max_length=12, blank=True)

    class Meta:
        ordering = ["version", "country", "postcode_from", "zone"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "country", "postcode_from", "postcode_to"], name="zone_row_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.postcode_from} in zone {self.zone}"


class PriceRow(models.Model):
    """One band of a version: the price up to and including a weight, for a zone and a content."""

    version = models.ForeignKey(ServiceVersion, models.CASCADE, related_name="prices")
    zone = models.CharField(max_length=20)
    content = models.CharField(max_length=20, blank=True)
    max_weight_kg = models.DecimalField(max_digits=10, decimal_places=3)
    price_amount = models.DecimalField(max_digits=19, decimal_places=4)

    class Meta:
        ordering = ["version", "zone", "content", "max_weight_kg"]
        constraints = [
            models.UniqueConstraint(
                fields=["version", "zone", "content", "max_weight_kg"], name="price_row_once"
            ),
            models.CheckConstraint(condition=Q(price_amount__gte=0), name="price_not_negative"),
        ]

    def __str__(self) -> str:
        return f"zone {self.zone} up to {self.max_weight_kg} kg"


class Hub(models.Model):
    """A place where goods change vehicles: airport, port, depot or free zone."""

    code = models.CharField(max_length=10, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=20)
    country = models.CharField(max_length=2)
    latitude = models.DecimalField(max_digits=7, decimal_places=3)
    longitude = models.DecimalField(max_digits=7, decimal_places=3)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return f"{self.name} ({self.code})"


class LegCalendar(models.Model):
    """When a way departs, from a day on: it stands beside the rate cards, so their prices stay final."""

    service = models.ForeignKey(Service, models.PROTECT, related_name="calendars")
    start = models.CharField(max_length=80)
    end = models.CharField(max_length=80)
    mode = models.CharField(max_length=10, choices=Mode)
    valid_from = models.DateField()
    departs_on = models.CharField(max_length=30, blank=True)
    cut_off = models.TimeField(null=True, blank=True)
    capacity_kg = models.DecimalField(max_digits=10, decimal_places=1, null=True, blank=True)
    capacity_cbm = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    closed_on = models.JSONField(default=list, help_text=_("Days without a departure, as 2026-12-25."))
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["service", "start", "end", "mode", "-valid_from"]
        constraints = [
            models.UniqueConstraint(
                fields=["service", "start", "end", "mode", "valid_from"], name="leg_calendar_once_a_day"
            ),
            models.CheckConstraint(
                condition=(Q(capacity_kg=None) | Q(capacity_kg__gt=0))
                & (Q(capacity_cbm=None) | Q(capacity_cbm__gt=0)),
                name="leg_calendar_carries_something",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.start} – {self.end} from {self.valid_from}"


class Leg(models.Model):
    """One way between two nodes: a hub's code, or a town as "AR:Puerto Madryn" ("AR:*" elsewhere)."""

    version = models.ForeignKey(ServiceVersion, models.PROTECT, related_name="legs")
    start = models.CharField(max_length=80)
    end = models.CharField(max_length=80)
    mode = models.CharField(max_length=10, choices=Mode)
    distance_km = models.PositiveIntegerField()
    days_min = models.PositiveSmallIntegerField()
    days_max = models.PositiveSmallIntegerField()
    price = models.JSONField(help_text=_("A price shape."))
    departs_on = models.CharField(
        max_length=30, blank=True, help_text=_("Days of departure, such as Tue,Fri; empty means any day.")
    )
    cut_off = models.TimeField(
        null=True, blank=True, help_text=_("Goods that come later wait for the next departure.")
    )
    capacity_kg = models.DecimalField(max_digits=10, decimal_places=1, null=True, blank=True)
    capacity_cbm = models.DecimalField(max_digits=8, decimal_places=2, null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["start", "end", "mode", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["version", "start", "end", "mode"], name="leg_once"),
            models.CheckConstraint(condition=Q(days_max__gte=F("days_min")), name="leg_days_in_order"),
        ]

    def __str__(self) -> str:
        return f"{self.start} – {self.end} by {self.mode}"
