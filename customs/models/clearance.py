"""The border's own papers: declaration, hold, finding, asked paper, decision."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final, Self

from django.contrib.auth.models import AnonymousUser
from django.db import connection, models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Company, User
from marketplace.kit.lifecycle import Lifecycle
from marketplace.kit.money import Money


def next_id(model: type[models.Model]) -> int:
    """Take the next key of a table, so that the public number can be written with the row."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval(pg_get_serial_sequence(%s, 'id'))", [model._meta.db_table])  # noqa: SLF001
        return int(cursor.fetchone()[0])


class DeclarationState(models.TextChoices):
    DRAFTED = "DRAFTED", _("being checked")
    CHECKED = "CHECKED", _("checked, nothing found")
    HELD = "HELD", _("held for customs")
    FILED = "FILED", _("sent to customs")
    RELEASED = "RELEASED", _("released")
    REJECTED = "REJECTED", _("not allowed")


DECLARATION: Final = Lifecycle(
    "declaration",
    {
        DeclarationState.DRAFTED: {DeclarationState.CHECKED, DeclarationState.HELD},
        DeclarationState.CHECKED: {DeclarationState.FILED, DeclarationState.HELD},
        DeclarationState.FILED: {DeclarationState.HELD, DeclarationState.RELEASED, DeclarationState.REJECTED},
        DeclarationState.HELD: {DeclarationState.CHECKED, DeclarationState.FILED, DeclarationState.REJECTED},
        DeclarationState.RELEASED: set(),
        DeclarationState.REJECTED: set(),
    },
)


class HoldState(models.TextChoices):
    OPEN = "OPEN", _("to decide")
    WAITING = "WAITING", _("waiting for papers")
    ARRIVED = "ARRIVED", _("papers arrived")
    SECOND = "SECOND", _("needs a second person")
    RELEASED = "RELEASED", _("released")
    REJECTED = "REJECTED", _("rejected")


OPEN_HOLDS: Final = (HoldState.OPEN, HoldState.WAITING, HoldState.ARRIVED, HoldState.SECOND)
WAITS: Final = Q(state__in=OPEN_HOLDS)
_ENDS: Final = {HoldState.RELEASED, HoldState.REJECTED, HoldState.SECOND}
HOLD: Final = Lifecycle(
    "hold",
    {
        HoldState.OPEN: {HoldState.WAITING, *_ENDS},
        HoldState.WAITING: {HoldState.ARRIVED, HoldState.WAITING, *_ENDS},
        HoldState.ARRIVED: {HoldState.WAITING, *_ENDS},
        HoldState.SECOND: {HoldState.OPEN, HoldState.WAITING, HoldState.RELEASED, HoldState.REJECTED},
        HoldState.RELEASED: set(),
        HoldState.REJECTED: set(),
    },
)


class Lane(models.TextChoices):
    GREEN = "green", _("green: nothing to look at")
    YELLOW = "yellow", _("yellow: look at the papers")
    RED = "red", _("red: look at the goods")


class Severity(models.IntegerChoices):
    NOTE = 1, _("Note")
    PAPERS = 2, _("Needs papers")
    STOP = 3, _("Stops the shipment")


class DeclarationQuerySet(models.QuerySet["Declaration"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Show the customs desk all, a company those it sells or buys."""
        if isinstance(user, User) and user.has_desk(User.Desk.CUSTOMS):
            return self
        if not isinstance(user, User) or not user.company_id:
            return self.none()
        return self.filter(Q(seller=user.company_id) | Q(buyer=user.company_id))


class Declaration(models.Model):
    """What we tell the border about one order: frozen when the order is paid."""

    number = models.CharField(max_length=20, unique=True)
    order_number = models.CharField(max_length=24, unique=True)
    state = models.CharField(max_length=10, choices=DeclarationState, default=DeclarationState.DRAFTED)
    seller = models.ForeignKey(Company, models.PROTECT, related_name="declarations")
    buyer = models.ForeignKey(Company, models.PROTECT, null=True, blank=True, related_name="+")
    buyer_name = models.CharField(max_length=160)
    buyer_kind = models.CharField(max_length=10, default="consumer")
    buyer_tax_id = models.CharField(max_length=40, blank=True)
    from_country = models.CharField(max_length=2)
    from_town = models.CharField(max_length=80, blank=True)
    from_postal_code = models.CharField(max_length=12, blank=True)
    to_country = models.CharField(max_length=2)
    to_town = models.CharField(max_length=80, blank=True)
    to_postal_code = models.CharField(max_length=12, blank=True)
    to_region = models.CharField(max_length=80, blank=True)
    to_street = models.CharField(max_length=160, blank=True)
    buyer_phone = models.CharField(max_length=30, blank=True)
    buyer_email = models.EmailField(blank=True)
    procedure = models.CharField(
        max_length=4,
        default="4000",
        blank=True,
        help_text="requested and previous procedure; 4071 leaves bond",
    )
    terms = models.CharField(max_length=3, default="DDP")
    mode = models.CharField(max_length=10, blank=True)
    value_amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    freight_amount = models.DecimalField(max_digits=19, decimal_places=4, default=Decimal(0))
    insurance_amount = models.DecimalField(max_digits=19, decimal_places=4, default=Decimal(0))
    charges_amount = models.DecimalField(
        max_digits=19, decimal_places=4, null=True, blank=True,
        help_text="duty and tax as promised to the buyer; empty where the buyer pays at the door",
    )  # fmt: skip
    value_euro = models.DecimalField(max_digits=19, decimal_places=2, null=True, blank=True)
    checks = models.JSONField(default=list, blank=True, help_text="each check of the last run, how it ended")
    risk_percent = models.PositiveSmallIntegerField(null=True, blank=True)
    lane = models.CharField(max_length=6, choices=Lane, blank=True, help_text="selectivity of the last check")
    authority_reference = models.CharField(max_length=60, blank=True)
    drafted_at = models.DateTimeField()
    checked_at = models.DateTimeField(null=True, blank=True)

    objects = DeclarationQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(condition=Q(value_amount__gte=0), name="declaration_value_not_negative"),
        ]
        indexes = [models.Index(fields=["to_country", "drafted_at"], name="declaration_lane_day")]

    def __str__(self) -> str:
        return self.number

    @property
    def value(self) -> Money:
        """Declared value of all lines."""
        return Money(self.value_amount, self.currency)

    def move_to(self, state: DeclarationState) -> None:
        """Take a move of the lifecycle's table; saving is the caller's."""
        DECLARATION.check(self.state, state)
        self.state = state


class DeclarationLine(models.Model):
    """One kind of goods as declared; a correction keeps what the seller wrote in `declared`."""

    declaration = models.ForeignKey(Declaration, models.CASCADE, related_name="lines")
    position = models.PositiveSmallIntegerField()
    sku = models.CharField(max_length=80, blank=True)
    description = models.CharField(max_length=300)
    customs_description = models.CharField(max_length=400, blank=True)
    hs_code = models.CharField(max_length=12, blank=True)
    origin = models.CharField(max_length=2, blank=True)
    quantity = models.PositiveIntegerField()
    value_amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    unit_value_euro = models.DecimalField(max_digits=19, decimal_places=6, null=True, blank=True)
    net_weight_kg = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    gross_weight_kg = models.DecimalField(max_digits=12, decimal_places=4, null=True, blank=True)
    measured = models.JSONField(default=dict, blank=True)
    battery_un = models.CharField(max_length=20, blank=True)
    evidence = models.JSONField(default=list, blank=True, help_text="codes of papers at hand")
    declared = models.JSONField(default=dict, blank=True, help_text="the seller's words before a correction")

    class Meta:
        ordering = ["declaration", "position"]
        constraints = [
            models.UniqueConstraint(fields=["declaration", "position"], name="declaration_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="declaration_line_quantity"),
            models.CheckConstraint(condition=Q(value_amount__gte=0), name="declaration_line_value"),
        ]
        indexes = [models.Index(fields=["hs_code", "origin"], name="declaration_line_goods")]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.description}"

    @property
    def value(self) -> Money:
        """Declared value of the line."""
        return Money(self.value_amount, self.currency)


class HoldQuerySet(models.QuerySet["Hold"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Show the customs desk all, a company the holds of what it sells or buys."""
        if isinstance(user, User) and user.has_desk(User.Desk.CUSTOMS):
            return self
        if not isinstance(user, User) or not user.company_id:
            return self.none()
        company = user.company_id
        return self.filter(Q(declaration__seller=company) | Q(declaration__buyer=company))

    def open(self) -> Self:
        """Keep what still waits for a decision."""
        return self.filter(state__in=OPEN_HOLDS)

    def with_case(self) -> Self:
        """Everything a queue row shows, in the same statement."""
        return self.select_related("declaration__seller", "owner")


class Hold(models.Model):
    """A shipment that waits because a check found something: one shared case with one deadline."""

    number = models.CharField(max_length=20, unique=True)
    declaration = models.ForeignKey(Declaration, models.PROTECT, related_name="holds")
    state = models.CharField(max_length=10, choices=HoldState, default=HoldState.OPEN)
    title = models.CharField(max_length=200)
    severity = models.PositiveSmallIntegerField(choices=Severity, default=Severity.PAPERS)
    opened_at = models.DateTimeField()
    deadline = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    value_amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    value_euro = models.DecimalField(max_digits=19, decimal_places=2, null=True, blank=True)
    effect_amount = models.DecimalField(max_digits=19, decimal_places=4, default=Decimal(0))
    cost_per_day_euro = models.DecimalField(max_digits=12, decimal_places=2, default=Decimal(0))
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    needs_second = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)
    reminded = models.PositiveSmallIntegerField(default=0, help_text="reminders sent, 0 to 3")

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["deadline", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["declaration"],
                condition=WAITS,
                name="hold_one_open_per_declaration",
            ),
            models.CheckConstraint(
                condition=WAITS | Q(decided_at__isnull=False),
                name="hold_decided_has_a_time",
            ),
        ]
        indexes = [
            models.Index(fields=["deadline", "id"], name="hold_queue", condition=WAITS),
            models.Index(fields=["-value_euro", "id"], name="hold_by_value", condition=WAITS),
            models.Index(fields=["-cost_per_day_euro", "id"], name="hold_by_cost", condition=WAITS),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("console:hold", args=[self.number])

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_HOLDS

    @property
    def value(self) -> Money:
        """Declared value of the goods that wait."""
        return Money(self.value_amount, self.currency)

    @property
    def effect(self) -> Money:
        """What the findings may cost, in the currency of the declaration."""
        return Money(self.effect_amount, self.currency)

    def moment(self, share: Decimal) -> datetime:
        """Find the instant at which this share of the time to the deadline has passed."""
        seconds = Decimal((self.deadline - self.opened_at).total_seconds()) * share
        return self.opened_at + timedelta(seconds=int(seconds))

    def move_to(self, state: HoldState) -> None:
        """Take a move of the lifecycle's table; saving is the caller's."""
        HOLD.check(self.state, state)
        self.state = state


class AuthorityMessage(models.Model):
    """A message of the customs authority as it came: stored first, understood later, once."""

    key = models.CharField(max_length=80, unique=True)
    body = models.JSONField()
    received_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.key
