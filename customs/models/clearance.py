"""The border's own papers: declaration, hold, finding, asked paper, decision."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final, Self

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


class Finding(models.Model):
    """What one rule found: the rule and its version, the words, declared beside found."""

    hold = models.ForeignKey(Hold, models.CASCADE, related_name="findings")
    line = models.ForeignKey(DeclarationLine, models.CASCADE, null=True, blank=True, related_name="+")
    rule = models.CharField(max_length=20)
    rule_version = models.PositiveSmallIntegerField(default=1)
    severity = models.PositiveSmallIntegerField(choices=Severity)
    words = models.CharField(max_length=200)
    way_out = models.CharField(max_length=300, blank=True)
    evidence = models.JSONField(default=dict)
    effect_amount = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3, blank=True)
    source = models.CharField(max_length=300, blank=True)
    legal_ref = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-severity", "pk"]

    def __str__(self) -> str:
        return f"{self.rule} v{self.rule_version}"


class PaperQuerySet(models.QuerySet["HoldPaper"]):
    def asked_of(self, user: User | AnonymousUser) -> Self:
        """Keep the papers that this person's company was asked for."""
        if not isinstance(user, User) or not user.company_id:
            return self.none()
        seller = Q(party="seller", hold__declaration__seller=user.company_id)
        return self.filter(seller | Q(party="buyer", hold__declaration__buyer=user.company_id))


class HoldPaper(models.Model):
    """A paper that we asked the seller or the buyer for."""

    class Party(models.TextChoices):
        SELLER = "seller", _("seller")
        BUYER = "buyer", _("buyer")

    hold = models.ForeignKey(Hold, models.CASCADE, related_name="papers")
    party = models.CharField(max_length=6, choices=Party)
    code = models.CharField(max_length=40)
    label = models.CharField(max_length=200)
    message = models.TextField(blank=True)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    wanted_by = models.DateTimeField()
    received_at = models.DateTimeField(null=True, blank=True)

    objects = PaperQuerySet.as_manager()

    class Meta:
        ordering = ["party", "pk"]
        constraints = [models.UniqueConstraint(fields=["hold", "party", "code"], name="hold_paper_once")]

    def __str__(self) -> str:
        return self.label


class PaperVersion(models.Model):
    """One uploaded file; a newer upload adds a version and keeps the older ones."""

    paper = models.ForeignKey(HoldPaper, models.CASCADE, related_name="versions")
    version = models.PositiveSmallIntegerField()
    filename = models.CharField(max_length=120)
    media_type = models.CharField(max_length=60)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField()
    uploaded_by = models.ForeignKey(User, models.SET_NULL, null=True, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ["paper", "-version"]
        constraints = [models.UniqueConstraint(fields=["paper", "version"], name="paper_version_once")]

    def __str__(self) -> str:
        return f"{self.filename} v{self.version}"


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


class PaperOnFile(models.Model):
    """A paper that a seller has shown once and that still holds: later parcels need not wait for it."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="papers_on_file")
    code = models.CharField(max_length=40)
    label = models.CharField(max_length=200)
    hs_prefix = models.CharField(max_length=12, blank=True)
    destination = models.CharField(max_length=4, blank=True, help_text="empty: for every destination")
    valid_until = models.DateField(null=True, blank=True)
    kept_at = models.DateTimeField()

    class Meta:
        ordering = ["company", "code"]
        verbose_name_plural = "papers on file"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "code", "hs_prefix", "destination"], name="paper_on_file_once"
            )
        ]

    def __str__(self) -> str:
        return self.label


class Decision(models.Model):
    """What a person decided about a hold, and who agreed."""

    class Kind(models.TextChoices):
        RELEASE = "release", _("Release")
        CORRECT = "correct", _("Release with corrections")
        PAPERS = "papers", _("Ask for papers")
        REJECT = "reject", _("Reject")

    class State(models.TextChoices):
        RECOMMENDED = "RECOMMENDED", _("waits for a second person")
        DONE = "DONE", _("done")
        REFUSED = "REFUSED", _("second person did not agree")

    hold = models.ForeignKey(Hold, models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=12, choices=State, default=State.DONE)
    reason = models.CharField(max_length=40)
    note = models.TextField(blank=True)
    message = models.TextField(blank=True)
    corrections = models.JSONField(default=list, blank=True)
    by = models.ForeignKey(User, models.PROTECT, related_name="+")
    second = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    made_at = models.DateTimeField()
    second_at = models.DateTimeField(null=True, blank=True)
    seal = models.CharField(max_length=64, blank=True, help_text="hash of the history up to here")

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(second=None) | ~Q(second=models.F("by")), name="decision_by_two_different_people"
            ),
            models.UniqueConstraint(
                fields=["hold"], condition=Q(state="RECOMMENDED"), name="decision_one_recommendation"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} by {self.by_id}"


class SealedEntry(models.Model):
    """One event of a case in its chain; the seal covers the event and the seal before it."""

    hold = models.ForeignKey(Hold, models.CASCADE, related_name="sealed")
    position = models.PositiveIntegerField()
    event = models.BigIntegerField(help_text="number of the event")
    seal = models.CharField(max_length=64)

    class Meta:
        ordering = ["hold", "position"]
        verbose_name_plural = "sealed entries"
        constraints = [
            models.UniqueConstraint(fields=["hold", "position"], name="sealed_position_once"),
            models.UniqueConstraint(fields=["hold", "event"], name="sealed_event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.hold_id}.{self.position} {self.seal[:8]}"


class CatalogueTaskQuerySet(models.QuerySet["CatalogueTask"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Show the customs desk all, a seller its own."""
        if isinstance(user, User) and user.has_desk(User.Desk.CUSTOMS):
            return self
        return (
            self.filter(seller=user.company_id) if isinstance(user, User) and user.company_id else self.none()
        )

    def open(self) -> Self:
        """Keep what the seller has still to put right."""
        return self.filter(done_at=None)


class CatalogueTask(models.Model):
    """Goods that were held more than once for the same reason: the seller puts the listing right once."""

    seller = models.ForeignKey(Company, models.CASCADE, related_name="catalogue_tasks")
    sku = models.CharField(max_length=80)
    rule = models.CharField(max_length=20)
    goods = models.CharField(max_length=300)
    words = models.CharField(max_length=200)
    way_out = models.CharField(max_length=300, blank=True)
    times = models.PositiveSmallIntegerField(default=2)
    hold = models.ForeignKey(Hold, models.PROTECT, related_name="catalogue_tasks", help_text="the last case")
    opened_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    objects = CatalogueTaskQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["seller", "sku", "rule"], condition=Q(done_at=None), name="catalogue_task_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.sku} {self.rule}"


def seal_of(entries: list[dict[str, Any]], before: str = "") -> list[str]:
    """Chain the history: each seal covers its entry and the seal before it."""
    seals: list[str] = []
    for entry in entries:
        text = json.dumps([before, entry], sort_keys=True, ensure_ascii=False, default=str)
        before = hashlib.sha256(text.encode()).hexdigest()
        seals.append(before)
    return seals
