"""What live carriers were asked and answered, and what we booked with them."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from logistics.models.shipping import Shipment


class LiveQuestion(models.Model):
    """One price question to every live carrier: answers hold for half an hour, silence is kept too."""

    key = models.CharField(max_length=64, unique=True)
    asked = models.JSONField()
    rates = models.JSONField(default=list)
    troubles = models.JSONField(default=list, help_text=_("Carriers that gave no price, and why."))
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "pk"]

    def __str__(self) -> str:
        return self.key[:12]


class LiveService(models.Model):
    """A service that a live carrier offered, under the short name that stands on options and shipments."""

    code = models.CharField(max_length=30, unique=True)
    carrier = models.CharField(max_length=20)
    service = models.CharField(max_length=80)
    name = models.CharField(max_length=120)

    class Meta:
        ordering = ["carrier", "code"]

    def __str__(self) -> str:
        return f"{self.carrier}: {self.name}"


class LiveBooking(models.Model):
    """A booking with a live carrier: the row is there before the call, so nothing is booked twice."""

    class State(models.TextChoices):
        ASKED = "ASKED", _("asked")
        UNCLEAR = "UNCLEAR", _("not clear whether it is booked")
        BOOKED = "BOOKED", _("booked")
        NOT_SENT = "NOT_SENT", _("the carrier could not be reached")
        REFUSED = "REFUSED", _("refused by the carrier")
        GIVEN_UP = "GIVEN_UP", _("given up, our rate card took over")

    shipment = models.OneToOneField(Shipment, models.PROTECT, related_name="live")
    carrier = models.CharField(max_length=20)
    service = models.CharField(max_length=80)
    name = models.CharField(max_length=120)
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    tries = models.PositiveSmallIntegerField(default=0)
    tried_at = models.DateTimeField(null=True, blank=True)
    was_unclear = models.BooleanField(default=False)
    tracking_number = models.CharField(max_length=30, blank=True)
    trouble = models.CharField(max_length=200, blank=True)
    label = models.BinaryField(default=bytes)
    label_type = models.CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.shipment} with {self.carrier}"
