"""Containers and merged parcels that shipments share, and what an operator says that a code means."""

from __future__ import annotations

from decimal import Decimal
from typing import Self

from django.db import models
from django.db.models import Q, Sum
from django.utils.translation import gettext_lazy as _

from logistics.models.shipping import Shipment, Status
from logistics.models.ways import Hub, Mode
from marketplace.accounts.models import User


class ContainerQuerySet(models.QuerySet["Container"]):
    def filled(self) -> Self:
        """Add how much weight and room is taken."""
        rows = self.annotate(
            taken_kg=Sum("parts__kg", default=Decimal(0)), taken_cbm=Sum("parts__cbm", default=Decimal(0))
        )
        return rows.order_by("cut_off_at", "pk")


class Container(models.Model):
    """One box for several shipments: a container with its cut-off, or a parcel merged for one buyer."""

    class Kind(models.TextChoices):
        CONTAINER = "container", _("shared container")
        PARCEL = "parcel", _("merged parcel")

    class State(models.TextChoices):
        OPEN = "OPEN", _("open")
        CLOSED = "CLOSED", _("closed")
        CANCELLED = "CANCELLED", _("cancelled")

    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CONTAINER)
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    hub = models.ForeignKey(Hub, models.PROTECT, related_name="+")
    to = models.ForeignKey(Hub, models.PROTECT, related_name="+", null=True, blank=True)
    mode = models.CharField(max_length=10, choices=Mode)
    cut_off_at = models.DateTimeField()
    departs_on = models.DateField()
    capacity_kg = models.DecimalField(max_digits=10, decimal_places=1)
    capacity_cbm = models.DecimalField(max_digits=8, decimal_places=2)
    price_amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    taken_kg: Decimal  # by `filled`
    taken_cbm: Decimal

    objects = ContainerQuerySet.as_manager()

    class Meta:
        ordering = ["cut_off_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(capacity_kg__gt=0, capacity_cbm__gt=0, price_amount__gte=0),
                name="container_holds_something",
            )
        ]

    def __str__(self) -> str:
        return self.number


class ContainerPart(models.Model):
    """One shipment inside, with what decides who may travel together, and its share of the bill."""

    container = models.ForeignKey(Container, models.CASCADE, related_name="parts")
    shipment = models.OneToOneField(Shipment, models.PROTECT, related_name="shared")
    kg = models.DecimalField(max_digits=10, decimal_places=3)
    cbm = models.DecimalField(max_digits=10, decimal_places=4)
    chargeable_kg = models.DecimalField(max_digits=10, decimal_places=3)
    alone_amount = models.DecimalField(max_digits=19, decimal_places=4)
    share_amount = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    put_in_at = models.DateTimeField()

    class Meta:
        ordering = ["container", "pk"]
        constraints = [models.CheckConstraint(condition=Q(kg__gt=0), name="part_weighs_something")]

    def __str__(self) -> str:
        return f"{self.shipment} in {self.container}"


class CodeMeaning(models.Model):
    """What an operator decided that a carrier's unknown code means; the codes we know come first."""

    carrier = models.CharField(max_length=20)
    code = models.CharField(max_length=30)
    status = models.CharField(max_length=24, choices=Status)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["carrier", "code"]
        constraints = [models.UniqueConstraint(fields=["carrier", "code"], name="code_meaning_once")]

    def __str__(self) -> str:
        return f"{self.carrier} {self.code}: {self.status}"
