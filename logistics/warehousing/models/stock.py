"""Stock: what lies where, in which customs status, and who has spoken for it."""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Company, User


class CustomsStatus(models.TextChoices):
    """Bonded goods have not paid duty; they never mix with free ones."""

    FREE = "free", _("free circulation")
    BONDED = "bonded", _("bonded, duty not paid")


class Warehouse(models.Model):
    """A place that keeps stock: at the maker, in a bonded or free zone, or near the buyer."""

    class Kind(models.TextChoices):
        ORIGIN = "origin", _("at the maker")
        BONDED = "bonded", _("bonded")
        FREE_ZONE = "free_zone", _("free zone")
        DESTINATION = "destination", _("near the buyer")

    code = models.CharField(max_length=20, unique=True)
    name = models.CharField(max_length=80)
    kind = models.CharField(max_length=12, choices=Kind, default=Kind.ORIGIN)
    country = models.CharField(max_length=2)
    town = models.CharField(max_length=80, blank=True)
    owner = models.ForeignKey(Company, models.PROTECT, null=True, blank=True, related_name="+")
    authorisation = models.CharField(max_length=60, blank=True)
    fee_per_cbm_day = models.DecimalField(max_digits=12, decimal_places=4, default=0)
    currency = models.CharField(max_length=3, default="USD")

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.name


class Lot(models.Model):
    """Goods of one batch: made together, expiring together, imported on one entry."""

    class State(models.TextChoices):
        GOOD = "GOOD", _("good")
        QUARANTINE = "QUARANTINE", _("in quarantine")
        RECALLED = "RECALLED", _("recalled")
        EXPIRED = "EXPIRED", _("past its date")

    sku = models.CharField(max_length=60, db_index=True)
    number = models.CharField(max_length=60)
    state = models.CharField(max_length=12, choices=State, default=State.GOOD)
    made_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    origin = models.CharField(max_length=2, blank=True)
    entry_number = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["expires_on", "pk"]
        constraints = [models.UniqueConstraint(fields=["sku", "number"], name="lot_once")]

    def __str__(self) -> str:
        return f"{self.sku} lot {self.number}"


class StockBalanceQuerySet(models.QuerySet["StockBalance"]):
    def visible_to(self, user: User) -> Self:
        """Return the company's own stock; staff see all."""
        if user.is_staff:
            return self
        return self.filter(owner=user.company_id) if user.company_id else self.none()

    def free(self) -> Self:
        """Return rows with something left to promise."""
        return self.filter(quantity__gt=F("reserved") + F("blocked"))


class StockBalance(models.Model):
    """How many of a SKU lie in a warehouse in one customs status, spoken for, or blocked.

    Blocked goods lie there and cannot be promised: damaged, in quarantine, recalled or past their date.
    """

    sku = models.CharField(max_length=60)
    warehouse = models.ForeignKey(Warehouse, models.PROTECT, related_name="balances")
    owner = models.ForeignKey(Company, models.PROTECT, null=True, blank=True, related_name="+")
    customs_status = models.CharField(max_length=8, choices=CustomsStatus, default=CustomsStatus.FREE)
    quantity = models.IntegerField(default=0)
    reserved = models.IntegerField(default=0)
    blocked = models.IntegerField(default=0)

    objects = StockBalanceQuerySet.as_manager()

    class Meta:
        ordering = ["sku", "warehouse", "customs_status"]
        constraints = [
            models.UniqueConstraint(fields=["sku", "warehouse", "customs_status"], name="stock_balance_once"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="stock_not_negative"),
            models.CheckConstraint(condition=Q(reserved__gte=0), name="reserved_not_negative"),
            models.CheckConstraint(condition=Q(blocked__gte=0), name="blocked_not_negative"),
            models.CheckConstraint(
                condition=Q(quantity__gte=F("reserved") + F("blocked")), name="promised_within_stock"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sku} at {self.warehouse}: {self.left} free"

    @property
    def left(self) -> int:
        """How many can still be promised."""
        return self.quantity - self.reserved - self.blocked


class LotBalance(models.Model):
    """How many of a lot are left under a balance."""

    balance = models.ForeignKey(StockBalance, models.PROTECT, related_name="lots")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="balances")
    bin = models.CharField(max_length=20, blank=True)
    quantity = models.IntegerField(default=0)
    set_aside = models.IntegerField(default=0, help_text=_("for pick lists"))
    blocked = models.IntegerField(default=0, help_text=_("this part of the balance's blocked goods"))
    received_on = models.DateField()

    class Meta:
        ordering = ["lot__expires_on", "received_on", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["balance", "lot", "bin"], name="lot_balance_once"),
            models.CheckConstraint(condition=Q(quantity__gte=0), name="lot_not_negative"),
            models.CheckConstraint(
                condition=Q(set_aside__gte=0, blocked__gte=0, quantity__gte=F("set_aside")),
                name="set_aside_within_lot",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} of {self.lot}"


class StockMove(models.Model):
    """One change of stock, written once; the balance is the sum of its moves.

    The database refuses to change or delete one (migration 0003).
    """

    class Kind(models.TextChoices):
        RECEIVED = "received", _("received")
        SHIPPED = "shipped", _("shipped")
        ADJUSTED = "adjusted", _("counted anew")
        DAMAGED = "damaged", _("damaged")
        TRANSFERRED = "transferred", _("moved")
        RETURNED = "returned", _("came back")
        DESTROYED = "destroyed", _("destroyed")

    balance = models.ForeignKey(StockBalance, models.PROTECT, related_name="moves")
    lot = models.ForeignKey(Lot, models.PROTECT, null=True, blank=True, related_name="moves")
    kind = models.CharField(max_length=12, choices=Kind)
    quantity = models.IntegerField()
    reference = models.CharField(max_length=60, blank=True)
    moved_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~Q(quantity=0), name="move_moves_something")]

    def __str__(self) -> str:
        return f"{self.quantity:+} {self.balance.sku} ({self.kind})"


class Reservation(models.Model):
    """Stock spoken for until a moment; it is held, then committed to a paid order or released."""

    class State(models.TextChoices):
        HELD = "HELD", _("held")
        COMMITTED = "COMMITTED", _("sold")
        SHIPPED = "SHIPPED", _("shipped")
        RELEASED = "RELEASED", _("given back")

    reference = models.CharField(max_length=60, unique=True)
    state = models.CharField(max_length=10, choices=State, default=State.HELD)
    expires_at = models.DateTimeField()
    min_days_left = models.PositiveSmallIntegerField(
        default=0, help_text=_("days a lot must still keep when it leaves: the way, and what the buyer needs")
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        indexes = [
            models.Index(fields=["expires_at"], condition=Q(state="HELD"), name="reservation_due"),
        ]

    def __str__(self) -> str:
        return self.reference


class ReservationLine(models.Model):
    """So many of a SKU out of one balance."""

    reservation = models.ForeignKey(Reservation, models.CASCADE, related_name="lines")
    balance = models.ForeignKey(StockBalance, models.PROTECT, related_name="+")
    quantity = models.PositiveIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["reservation", "balance"], name="reservation_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="reservation_holds_something"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} for {self.reservation}"


class BondedEntry(models.Model):
    """One withdrawal from bond: what lay there before, what left, what remains (19 CFR 144.32)."""

    balance = models.ForeignKey(StockBalance, models.PROTECT, related_name="withdrawals")
    lot = models.ForeignKey(Lot, models.PROTECT, related_name="withdrawals")
    entry_number = models.CharField(max_length=60)
    declaration = models.CharField(max_length=60)
    purpose = models.CharField(max_length=20, default="consumption")
    before = models.PositiveIntegerField()
    withdrawn = models.PositiveIntegerField()
    remaining = models.PositiveIntegerField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "bonded entries"
        constraints = [
            models.UniqueConstraint(fields=["lot", "declaration"], name="bonded_withdrawal_once"),
            models.CheckConstraint(
                condition=Q(remaining=F("before") - F("withdrawn")), name="bonded_entry_adds_up"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.withdrawn} of {self.lot} on {self.declaration}"
