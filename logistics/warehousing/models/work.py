"""Work in a warehouse: announced deliveries, transfers, counts, pick lists, withdrawals from bond."""

from __future__ import annotations

from typing import Final, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from logistics.warehousing.models.stock import CustomsStatus, Lot, LotBalance, StockBalance, Warehouse
from marketplace.accounts.models import Company, User
from marketplace.kit.lifecycle import Lifecycle


class InboundState(models.TextChoices):
    ANNOUNCED = "ANNOUNCED", _("announced")
    RECEIVING = "RECEIVING", _("being received")
    CLOSED = "CLOSED", _("closed")
    CANCELLED = "CANCELLED", _("cancelled")


INBOUND: Final = Lifecycle(
    "inbound notice",
    {
        InboundState.ANNOUNCED: {InboundState.RECEIVING, InboundState.CANCELLED},
        InboundState.RECEIVING: {InboundState.CLOSED},
        InboundState.CLOSED: set(),
        InboundState.CANCELLED: set(),
    },
)


class InboundQuerySet(models.QuerySet["Inbound"]):
    def visible_to(self, user: User) -> Self:
        """Return notices for the company's own goods; staff see all."""
        if user.is_staff:
            return self
        return self.filter(owner=user.company_id) if user.company_id else self.none()

    def open(self) -> Self:
        return self.filter(state__in=[InboundState.ANNOUNCED, InboundState.RECEIVING])


class Inbound(models.Model):
    """A delivery announced to a warehouse; what comes is compared with it, lot by lot."""

    number = models.CharField(max_length=20, unique=True)
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="inbounds")
    owner = models.ForeignKey(Company, models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=InboundState, default=InboundState.ANNOUNCED)
    reference = models.CharField(max_length=60, blank=True, help_text=_("supplier's delivery note"))
    customs_status = models.CharField(max_length=8, choices=CustomsStatus, default=CustomsStatus.FREE)
    entry_number = models.CharField(max_length=60, blank=True)
    expected_on = models.DateField(null=True, blank=True)
    announced_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = InboundQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(customs_status="bonded") | ~Q(entry_number=""), name="bonded_inbound_has_entry"
            )
        ]

    def __str__(self) -> str:
        return self.number

    def move_to(self, state: str) -> None:
        INBOUND.check(self.state, state)
        self.state = state


class InboundLine(models.Model):
    """One lot of a delivery: what was expected, what came whole, what came damaged."""

    inbound = models.ForeignKey(Inbound, models.CASCADE, related_name="lines")
    sku = models.CharField(max_length=60)
    lot_number = models.CharField(max_length=60, blank=True)
    made_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    expected = models.PositiveIntegerField(default=0)
    received = models.PositiveIntegerField(default=0)
    damaged = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["inbound", "sku", "lot_number"], name="inbound_line_once")
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.lot_number}".strip()

    @property
    def short(self) -> int:
        """How many are missing, whole or damaged."""
        return max(self.expected - self.received - self.damaged, 0)

    @property
    def over(self) -> int:
        """How many came that nobody announced."""
        return max(self.received + self.damaged - self.expected, 0)


class InboundScan(models.Model):
    """One confirmed scan of the receiver; its key makes a repeated tap harmless."""

    line = models.ForeignKey(InboundLine, models.CASCADE, related_name="scans")
    key = models.CharField(max_length=60, unique=True)
    received = models.PositiveIntegerField(default=0)
    damaged = models.PositiveIntegerField(default=0)
    bin = models.CharField(max_length=20, blank=True)
    by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.key


class TransferState(models.TextChoices):
    IN_TRANSIT = "IN_TRANSIT", _("on the way")
    RECEIVED = "RECEIVED", _("received")


class TransferQuerySet(models.QuerySet["Transfer"]):
    def visible_to(self, user: User) -> Self:
        """Return transfers of the company's own goods; staff see all."""
        if user.is_staff:
            return self
        return self.filter(owner=user.company_id) if user.company_id else self.none()


class Transfer(models.Model):
    """Goods that left one warehouse for another; on the way they are in neither."""

    number = models.CharField(max_length=20, unique=True)
    key = models.CharField(max_length=60, unique=True)
    owner = models.ForeignKey(Company, models.PROTECT, null=True, blank=True, related_name="+")
    start = models.ForeignKey(Warehouse, models.PROTECT, related_name="sent")
    end = models.ForeignKey(Warehouse, models.PROTECT, related_name="coming")
    state = models.CharField(max_length=10, choices=TransferState, default=TransferState.IN_TRANSIT)
    arrives_as = models.CharField(max_length=8, choices=CustomsStatus, default=CustomsStatus.FREE)
    entry_number = models.CharField(max_length=60, blank=True)
    sent_at = models.DateTimeField()
    received_at = models.DateTimeField(null=True, blank=True)

    objects = TransferQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=~Q(start=F("end")), name="transfer_goes_somewhere"),
        ]

    def __str__(self) -> str:
        return self.number


class TransferLine(models.Model):
    """So many of a lot on the way; what does not arrive is short."""

    transfer = models.ForeignKey(Transfer, models.CASCADE, related_name="lines")
    balance = models.ForeignKey(StockBalance, models.PROTECT, related_name="+")
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, blank=True, related_name="+")
    quantity = models.PositiveIntegerField()
    received = models.PositiveIntegerField(default=0)
    damaged = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="transfer_moves_something"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("received") + F("damaged")), name="transfer_never_grows"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} on {self.transfer}"

    @property
    def short(self) -> int:
        return self.quantity - self.received - self.damaged


class CountState(models.TextChoices):
    OPEN = "OPEN", _("to be counted")
    RECOUNT = "RECOUNT", _("count again")
    WAITING = "WAITING", _("waits for approval")
    BOOKED = "BOOKED", _("booked")
    REFUSED = "REFUSED", _("not approved")


COUNT: Final = Lifecycle(
    "count",
    {
        CountState.OPEN: {CountState.RECOUNT, CountState.BOOKED},
        CountState.RECOUNT: {CountState.RECOUNT, CountState.WAITING, CountState.BOOKED},
        CountState.WAITING: {CountState.BOOKED, CountState.REFUSED},
        CountState.BOOKED: set(),
        CountState.REFUSED: set(),
    },
)


class CountQuerySet(models.QuerySet["Count"]):
    def visible_to(self, user: User) -> Self:
        """Return counts of the company's own stock; staff see all."""
        if user.is_staff:
            return self
        return self.filter(balance__owner=user.company_id) if user.company_id else self.none()

    def open(self) -> Self:
        return self.filter(state__in=[CountState.OPEN, CountState.RECOUNT, CountState.WAITING])


class Count(models.Model):
    """A blind count of one lot in one bin: who counts is never shown what the books say."""

    number = models.CharField(max_length=20, unique=True)
    balance = models.ForeignKey(StockBalance, models.PROTECT, related_name="counts")
    lot_balance = models.ForeignKey(LotBalance, models.PROTECT, null=True, blank=True, related_name="counts")
    state = models.CharField(max_length=8, choices=CountState, default=CountState.OPEN)
    expected = models.IntegerField(null=True, blank=True, help_text=_("the books when it was last counted"))
    first = models.PositiveIntegerField(null=True, blank=True)
    second = models.PositiveIntegerField(null=True, blank=True)
    first_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    second_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    difference = models.IntegerField(null=True, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    note = models.CharField(max_length=200, blank=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = CountQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["balance", "lot_balance"],
                condition=Q(state__in=["OPEN", "RECOUNT", "WAITING"]),
                nulls_distinct=False,
                name="one_open_count_per_shelf",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def move_to(self, state: str) -> None:
        COUNT.check(self.state, state)
        self.state = state


class Pick(models.Model):
    """The pick list of one committed order in one warehouse."""

    class State(models.TextChoices):
        OPEN = "OPEN", _("to be picked")
        PICKED = "PICKED", _("picked")
        SHIPPED = "SHIPPED", _("shipped")
        CANCELLED = "CANCELLED", _("cancelled")

    number = models.CharField(max_length=20, unique=True)
    reference = models.CharField(max_length=60)
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="picks")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["reference", "warehouse"],
                condition=~Q(state="CANCELLED"),
                name="pick_once",
            )
        ]

    def __str__(self) -> str:
        return self.number


class PickLine(models.Model):
    """So many from one lot in one bin."""

    pick = models.ForeignKey(Pick, models.CASCADE, related_name="lines")
    balance = models.ForeignKey(StockBalance, models.PROTECT, related_name="+")
    lot_balance = models.ForeignKey(LotBalance, models.PROTECT, null=True, blank=True, related_name="+")
    quantity = models.PositiveIntegerField()
    picked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    picked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["lot_balance__bin", "pk"]
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="pick_takes_something")]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.pick}"

    @property
    def bin(self) -> str:
        return self.lot_balance.bin if self.lot_balance else ""


class BinClaim(models.Model):
    """Who stands at a bin now; a second picker is told to come back."""

    warehouse = models.ForeignKey(Warehouse, models.CASCADE, related_name="+")
    bin = models.CharField(max_length=20)
    picker = models.ForeignKey(User, models.CASCADE, related_name="+")
    until = models.DateTimeField()

    class Meta:
        ordering = ["warehouse", "bin"]
        constraints = [models.UniqueConstraint(fields=["warehouse", "bin"], name="one_picker_per_bin")]

    def __str__(self) -> str:
        return f"{self.picker} at {self.bin}"


class WithdrawalQuerySet(models.QuerySet["Withdrawal"]):
    def visible_to(self, user: User) -> Self:
        """Return withdrawals of the company's own goods; staff see all."""
        if user.is_staff:
            return self
        return self.filter(balance__owner=user.company_id) if user.company_id else self.none()


class Withdrawal(models.Model):
    """A wish to take bonded goods out; they leave when customs has passed the declaration."""

    class State(models.TextChoices):
        ASKED = "ASKED", _("customs is asked")
        DONE = "DONE", _("out of bond")
        REFUSED = "REFUSED", _("not let go")

    class Purpose(models.TextChoices):
        CONSUMPTION = "consumption", _("for sale in the country, duty is due")
        REEXPORT = "re-export", _("leaves the country again, no duty")
        DESTRUCTION = "destruction", _("destroyed under supervision, no duty")

    number = models.CharField(max_length=20, unique=True)
    key = models.CharField(max_length=60, unique=True)
    balance = models.ForeignKey(StockBalance, models.PROTECT, related_name="+")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()
    purpose = models.CharField(max_length=20, choices=Purpose, default=Purpose.CONSUMPTION)
    state = models.CharField(max_length=8, choices=State, default=State.ASKED)
    declaration = models.CharField(max_length=60, blank=True)
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    objects = WithdrawalQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [models.CheckConstraint(condition=Q(quantity__gt=0), name="withdrawal_takes_something")]

    def __str__(self) -> str:
        return self.number
