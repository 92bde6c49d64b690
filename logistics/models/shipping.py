"""Shipments, their parcels, and what carriers tell of them."""

from __future__ import annotations

from typing import Final, Self

from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Company, User
from marketplace.kit.lifecycle import Lifecycle


class ShipmentState(models.TextChoices):
    """Where a shipment stands."""

    OPENED = "OPENED", _("being prepared")
    BOOKED = "BOOKED", _("booked")
    MOVING = "MOVING", _("on its way")
    DELIVERED = "DELIVERED", _("delivered")
    RETURNED = "RETURNED", _("sent back")
    LOST = "LOST", _("lost")
    CANCELLED = "CANCELLED", _("cancelled")


SHIPMENT: Final = Lifecycle(
    "shipment",
    {
        ShipmentState.OPENED: {ShipmentState.BOOKED, ShipmentState.CANCELLED},
        ShipmentState.BOOKED: {ShipmentState.MOVING, ShipmentState.CANCELLED, ShipmentState.LOST},
        ShipmentState.MOVING: {ShipmentState.DELIVERED, ShipmentState.RETURNED, ShipmentState.LOST},
        ShipmentState.DELIVERED: {ShipmentState.RETURNED},
        ShipmentState.LOST: {ShipmentState.DELIVERED, ShipmentState.RETURNED},
        ShipmentState.RETURNED: set(),
        ShipmentState.CANCELLED: set(),
    },
)


class Status(models.TextChoices):
    """What happened to a parcel, in one vocabulary for all carriers."""

    CREATED = "created", _("Label made")
    INFO_RECEIVED = "info_received", _("The carrier knows about the parcel")
    PICKED_UP = "picked_up", _("Picked up from the seller")
    IN_TRANSIT = "in_transit", _("On its way")
    EXPORT_CUSTOMS = "export_customs", _("At export customs")
    IMPORT_CUSTOMS = "import_customs", _("At import customs, a normal step")
    CUSTOMS_CLEARED = "customs_cleared", _("Cleared by customs")
    CUSTOMS_HOLD = "customs_hold", _("Customs asks for something")
    OUT_FOR_DELIVERY = "out_for_delivery", _("On the delivery van")
    AVAILABLE_FOR_PICKUP = "available_for_pickup", _("Ready to collect")
    DELIVERY_FAILED = "delivery_failed", _("Delivery tried, nobody was there")
    DELAYED = "delayed", _("Late")
    ON_HOLD = "on_hold", _("Stopped for now")
    DELIVERED = "delivered", _("Delivered")
    RETURNING = "returning", _("On its way back")
    RETURNED = "returned", _("Back at the seller")
    LOST = "lost", _("Lost")
    DAMAGED = "damaged", _("Damaged")
    CANCELLED = "cancelled", _("Cancelled")
    EXPIRED = "expired", _("No news for too long")
    UNKNOWN = "unknown", _("A message we could not read")


TERMINAL: Final = frozenset({Status.DELIVERED, Status.RETURNED, Status.CANCELLED})


class ShipmentQuerySet(models.QuerySet["Shipment"]):
    def visible_to(self, user: User) -> Self:
        """Return the seller's own shipments; staff see all."""
        if user.is_staff:
            return self
        return self.filter(seller=user.company_id) if user.company_id else self.none()

    def for_order(self, number: str) -> Self:
        """Return the shipments of an order."""
        return self.filter(order_number=number)


class Shipment(models.Model):
    """Goods of one order on one way to one buyer. Refers to its order by number."""

    number = models.CharField(max_length=20, unique=True)
    order_number = models.CharField(max_length=30, db_index=True)
    seller = models.ForeignKey(Company, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=ShipmentState, default=ShipmentState.OPENED)
    held = models.BooleanField(default=False)
    buyer_name = models.CharField(max_length=120)
    sender = models.JSONField()
    recipient = models.JSONField()
    option_code = models.CharField(max_length=30)
    mode = models.CharField(max_length=10, blank=True)
    terms = models.CharField(max_length=3, default="DDP")
    goods = models.JSONField(default=list, help_text=_("Frozen lines for the packing list."))
    carrier_reference = models.CharField(max_length=60, blank=True)
    fell_back = models.BooleanField(default=False)
    promised_from = models.DateField(null=True, blank=True)
    promised_until = models.DateField(null=True, blank=True)
    opened_at = models.DateTimeField(auto_now_add=True)
    booked_at = models.DateTimeField(null=True, blank=True)
    delivered_at = models.DateTimeField(null=True, blank=True)
    plan = models.JSONField(
        default=list, help_text=_("Milestones with their first and last planned day, frozen when opened.")
    )
    silence_told_at = models.DateTimeField(null=True, blank=True)

    objects = ShipmentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order_number"],
                condition=~Q(state=ShipmentState.CANCELLED),
                name="one_open_shipment_per_order",
            )
        ]

    def __str__(self) -> str:
        return self.number

    def move_to(self, state: str) -> None:
        """Check the lifecycle and take the state; the caller saves."""
        SHIPMENT.check(self.state, state)
        self.state = state


class Parcel(models.Model):
    """One box of a shipment with its label's number."""

    shipment = models.ForeignKey(Shipment, models.CASCADE, related_name="parcels")
    number = models.CharField(max_length=30, unique=True)
    sscc = models.CharField(max_length=18, unique=True)
    tracking_number = models.CharField(max_length=30, unique=True, null=True, blank=True)
    gross_weight_kg = models.DecimalField(max_digits=10, decimal_places=3)
    length_cm = models.DecimalField(max_digits=8, decimal_places=1)
    width_cm = models.DecimalField(max_digits=8, decimal_places=1)
    height_cm = models.DecimalField(max_digits=8, decimal_places=1)
    contents = models.JSONField(default=list)
    pack_plan = models.JSONField(
        default=dict, help_text=_("The carton and where each thing lies, in millimetres.")
    )
    status = models.CharField(max_length=24, choices=Status, default=Status.CREATED)
    status_at = models.DateTimeField(null=True, blank=True)
    packed_at = models.DateTimeField(null=True, blank=True)
    label_printed_at = models.DateTimeField(null=True, blank=True)
    label_prints = models.PositiveIntegerField(default=0)
    ask_at = models.DateTimeField(
        null=True, blank=True, db_index=True, help_text=_("When we ask the carrier next.")
    )

    class Meta:
        ordering = ["shipment", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(gross_weight_kg__gt=0), name="parcel_weighs_something")
        ]

    def __str__(self) -> str:
        return self.number


class TrackingEvent(models.Model):
    """One scan as the carrier told it; never changed, never deleted, never told twice."""

    parcel = models.ForeignKey(Parcel, models.PROTECT, related_name="tracking")
    carrier = models.CharField(max_length=20)
    code = models.CharField(max_length=30)
    status = models.CharField(max_length=24, choices=Status)
    reason = models.CharField(max_length=60, blank=True)
    action_required = models.BooleanField(default=False)
    place = models.CharField(max_length=80, blank=True)
    local_time = models.CharField(max_length=32, help_text=_("As the carrier wrote it, with its offset."))
    happened_at = models.DateTimeField()
    received_at = models.DateTimeField(auto_now_add=True)
    evidence = models.JSONField(default=dict)

    class Meta:
        ordering = ["happened_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["parcel", "carrier", "code", "local_time", "place"], name="tracking_event_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.parcel} {self.status}"


class CarrierMessage(models.Model):
    """A signed message from a carrier, stored before anybody tries to understand it."""

    key = models.CharField(max_length=80, unique=True)
    body = models.JSONField()
    received_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)
    trouble = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.key


def next_serial(sequence: str = "logistics_serial") -> int:
    """Return a number that is never given twice (gaps are allowed)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(%s)", [sequence])
        return int(cursor.fetchone()[0])
