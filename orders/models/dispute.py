"""A dispute: the buyer's problem or the bank's chargeback, one case with one deadline and one decision."""

from __future__ import annotations

from typing import Final, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Company, User
from marketplace.documents.models import Document
from marketplace.kit.lifecycle import Lifecycle
from marketplace.kit.money import Money
from orders.models.deal import Order, OrderGroup


class DisputeState(models.TextChoices):
    OPEN = "OPEN", _("waiting for the seller")
    ANSWERED = "ANSWERED", _("to decide")
    REPLACING = "REPLACING", _("a replacement is on its way")
    WITH_BANK = "WITH_BANK", _("with the bank")
    DECIDED = "DECIDED", _("decided")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")


OPEN_DISPUTES: Final = (
    DisputeState.OPEN,
    DisputeState.ANSWERED,
    DisputeState.REPLACING,
    DisputeState.WITH_BANK,
)
_ENDS: Final[set[str]] = {DisputeState.DECIDED, DisputeState.WITHDRAWN}
DISPUTE: Final = Lifecycle(
    "dispute",
    {
        DisputeState.OPEN: {
            DisputeState.ANSWERED,
            DisputeState.REPLACING,
            DisputeState.WITH_BANK,
            *_ENDS,
        },
        DisputeState.ANSWERED: {DisputeState.REPLACING, DisputeState.WITH_BANK, *_ENDS},
        DisputeState.REPLACING: _ENDS,
        DisputeState.WITH_BANK: _ENDS,
        DisputeState.DECIDED: set(),
        DisputeState.WITHDRAWN: set(),
    },
)


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Show the trust and the finance desk all, a company the cases of what it buys or sells."""
        if not isinstance(user, User):
            return self.none()
        if user.has_desk(User.Desk.TRUST, User.Desk.FINANCE):
            return self
        if not user.company_id:
            return self.none()
        mine = Q(group__buyer=user.company_id) | Q(orders__seller=user.company_id)
        return self.filter(mine).distinct()

    def open(self) -> Self:
        """Keep what still waits for somebody."""
        return self.filter(state__in=OPEN_DISPUTES)

    def about(self, order: Order) -> Self:
        """Keep the cases of one order, newest first."""
        return self.filter(orders=order).order_by("-pk")

    def with_case(self) -> Self:
        """Load everything a queue row shows in a constant number of statements."""
        return self.select_related("group__buyer", "owner").prefetch_related("orders__seller")


class Dispute(models.Model):
    """One case: whose money waits, what both sides say, until when, and what was decided."""

    class Kind(models.TextChoices):
        PROBLEM = "problem", _("problem")
        CARD = "card", _("card dispute")

    class Cause(models.TextChoices):
        BROKEN = "broken", _("It is broken")
        MISSING = "missing", _("Something is missing")
        DIFFERENT = "different", _("It is not what was described")
        LATE = "late", _("It is late or did not come")
        CHARGED = "charged", _("I was asked for more money")
        OTHER = "other", _("Something else")

    class Verdict(models.TextChoices):
        REFUND = "refund", _("Give all money back")
        PARTIAL = "partial", _("Give a part of the money back")
        LINES = "lines", _("Give the money for some goods back")
        REPLACE = "replace", _("Send a replacement")
        REJECT = "reject", _("Give nothing back")
        CONTEST = "contest", _("Answer the bank with evidence")
        ACCEPT = "accept", _("Accept the bank's claim")
        BANK = "bank", _("The bank decided")

    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.PROBLEM)
    state = models.CharField(max_length=10, choices=DisputeState, default=DisputeState.OPEN)
    group = models.ForeignKey(OrderGroup, models.PROTECT, related_name="disputes")
    orders = models.ManyToManyField(Order, related_name="disputes", help_text="whose money waits")
    cause = models.CharField(max_length=10, choices=Cause, default=Cause.OTHER)
    provider_dispute = models.CharField(max_length=120, null=True, blank=True, unique=True)
    provider_reason = models.CharField(max_length=80, blank=True)
    amount = models.DecimalField(max_digits=19, decimal_places=4, help_text="money at stake")
    currency = models.CharField(max_length=3)
    opened_at = models.DateTimeField()
    answer_by = models.DateTimeField(help_text="until when the seller can answer")
    deadline = models.DateTimeField(help_text="until when we decide")
    owner = models.ForeignKey(User, models.SET_NULL, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)
    verdict = models.CharField(max_length=8, choices=Verdict, blank=True)
    reason = models.CharField(max_length=40, blank=True)
    note = models.TextField(blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    refunded_amount = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    seal = models.CharField(max_length=64, blank=True, help_text="hash of the history up to the decision")

    objects = DisputeQuerySet.as_manager()

    class Meta:
        ordering = ["deadline", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=DisputeState.values), name="dispute_state_known"),
            models.CheckConstraint(
                condition=Q(refunded_amount__gte=0) & Q(refunded_amount__lte=models.F("amount")),
                name="dispute_refund_within_stake",
            ),
            models.CheckConstraint(
                condition=Q(state__in=OPEN_DISPUTES) | Q(decided_at__isnull=False),
                name="dispute_end_has_a_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["deadline", "id"], name="dispute_queue", condition=Q(state__in=OPEN_DISPUTES)
            )
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("console:dispute", args=[self.number])

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_DISPUTES

    @property
    def stake(self) -> Money:
        """Money that waits for the decision."""
        return Money(self.amount, self.currency)

    @property
    def freeze_reason(self) -> str:
        """Name this case where it holds an order's money; one case never lifts the hold of another."""
        return f"dispute {self.number}"

    def move_to(self, state: str) -> None:
        """Take a step of the lifecycle; saving is the caller's."""
        DISPUTE.check(self.state, state)
        self.state = state


class DisputeMessage(models.Model):
    """What one side said, in its own words, with a paper or a photo as evidence."""

    class Side(models.TextChoices):
        BUYER = "buyer", _("buyer")
        SELLER = "seller", _("seller")
        SAMPAN = "sampan", _("Sampan")

    dispute = models.ForeignKey(Dispute, models.CASCADE, related_name="messages")
    side = models.CharField(max_length=6, choices=Side)
    author = models.CharField(max_length=120)
    company = models.ForeignKey(Company, models.PROTECT, null=True, blank=True, related_name="+")
    words = models.TextField(max_length=2000, blank=True)
    paper = models.ForeignKey(Document, models.PROTECT, null=True, blank=True, related_name="+")
    said_at = models.DateTimeField()

    class Meta:
        ordering = ["said_at", "pk"]

    def __str__(self) -> str:
        return f"{self.side}: {self.words[:40]}"
