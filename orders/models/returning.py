"""Goods that go back, or stay where they are and are paid back: one request a time, line by line."""

from __future__ import annotations

from typing import Final, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from marketplace.kit.lifecycle import Lifecycle
from orders.models.deal import Order, OrderLine


class ReturnState(models.TextChoices):
    ASKED = "ASKED", _("waiting for the maker")
    AGREED = "AGREED", _("send it back")
    STAYS = "STAYS", _("stays in the country")
    REFUSED = "REFUSED", _("not accepted")
    SENT = "SENT", _("on the way back")
    RECEIVED = "RECEIVED", _("arrived")
    CLOSED = "CLOSED", _("closed, money sent back")


RETURN: Final = Lifecycle(
    "return",
    {
        ReturnState.ASKED: {ReturnState.AGREED, ReturnState.STAYS, ReturnState.REFUSED},
        ReturnState.AGREED: {ReturnState.SENT, ReturnState.RECEIVED},
        ReturnState.STAYS: {ReturnState.CLOSED},
        ReturnState.REFUSED: {ReturnState.AGREED, ReturnState.STAYS},
        ReturnState.SENT: {ReturnState.RECEIVED},
        ReturnState.RECEIVED: {ReturnState.CLOSED},
        ReturnState.CLOSED: set(),
    },
)


class ReturnReason(models.TextChoices):
    DAMAGED = "damaged", _("broken or damaged")
    WRONG = "wrong", _("not what I ordered")
    FAULTY = "faulty", _("it does not work")
    MIND = "mind", _("I changed my mind")
    LATE = "late", _("it came too late")


class ReturnQuerySet(models.QuerySet["Return"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Return requests of orders that the person's company buys or sells; staff see all."""
        if not isinstance(user, User):
            return self.none()
        if user.is_staff:
            return self
        if not user.company_id:
            return self.none()
        return self.filter(Q(order__group__buyer=user.company_id) | Q(order__seller=user.company_id))

    def sold_by(self, user: User) -> Self:
        return self.filter(order__seller=user.company_id) if user.company_id else self.none()

    def open(self) -> Self:
        return self.exclude(state__in=[ReturnState.CLOSED, ReturnState.REFUSED])


class Return(models.Model):
    """A wish to give goods back, with what was decided and why it is the cheapest way."""

    number = models.CharField(max_length=24, unique=True)
    order = models.ForeignKey(Order, models.PROTECT, related_name="returns")
    state = models.CharField(max_length=10, choices=ReturnState, default=ReturnState.ASKED)
    reason = models.CharField(max_length=10, choices=ReturnReason)
    words = models.TextField(blank=True)
    photos = models.JSONField(default=list)
    way = models.CharField(
        max_length=14, blank=True, help_text="resale, donation, destruction, re-import, keep"
    )
    ways = models.JSONField(default=list, help_text="every way compared when it was decided")
    importer = models.CharField(max_length=20, blank=True, help_text="who imports the goods again")
    label_number = models.CharField(max_length=30, blank=True)
    answer = models.CharField(max_length=400, blank=True)
    refund_amount = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    received_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ReturnQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["order"],
                condition=~Q(state__in=["CLOSED", "REFUSED"]),
                name="one_open_return_per_order",
            ),
            models.CheckConstraint(
                condition=Q(refund_amount=None) | Q(refund_amount__gte=0), name="return_refund_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("orders:returned", args=[self.number])

    def move_to(self, target: str) -> None:
        """Take a step the lifecycle allows; the action that called us holds the row and saves it."""
        RETURN.check(self.state, target)
        self.state = target


class ReturnLine(models.Model):
    """So many of one order line; and how they came back."""

    class Condition(models.TextChoices):
        GOOD = "good", _("as new, can be sold again")
        OPENED = "opened", _("opened, to be checked")
        DAMAGED = "damaged", _("damaged")

    request = models.ForeignKey(Return, models.CASCADE, related_name="lines")
    line = models.ForeignKey(OrderLine, models.PROTECT, related_name="returns")
    quantity = models.PositiveIntegerField()
    arrived = models.PositiveIntegerField(default=0)
    condition = models.CharField(max_length=8, choices=Condition, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["request", "line"], name="return_line_once"),
            models.CheckConstraint(condition=Q(quantity__gt=0), name="return_line_quantity"),
            models.CheckConstraint(condition=Q(arrived__lte=F("quantity")), name="return_never_grows"),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.line.title}"
