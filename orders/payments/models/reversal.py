"""What is taken back from a seller's account at the provider after a refund."""

from __future__ import annotations

import uuid

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.kit.money import Money
from orders.payments.models.payout import Transfer


class Reversal(models.Model):
    """One step back of one transfer; the row exists before the provider hears of it."""

    class State(models.TextChoices):
        READY = "READY", _("to be asked")
        UNRESOLVED = "UNRESOLVED", _("asked, the answer was lost")
        DONE = "DONE", _("taken back")
        REFUSED = "REFUSED", _("nothing there, the next payout is shorter")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    transfer = models.ForeignKey(Transfer, models.PROTECT, related_name="reversals")
    order_number = models.CharField(max_length=30, db_index=True)
    state = models.CharField(max_length=10, choices=State, default=State.READY)
    amount = models.DecimalField(max_digits=19, decimal_places=4, help_text="in the transfer's currency")
    seller_amount = models.DecimalField(max_digits=19, decimal_places=4)
    provider_reversal = models.CharField(max_length=120, blank=True)
    problem = models.CharField(max_length=200, blank=True)
    wanted_at = models.DateTimeField()
    asked_at = models.DateTimeField(null=True, blank=True)
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="reversal_above_zero"),
            models.UniqueConstraint(
                fields=["provider_reversal"], condition=~Q(provider_reversal=""), name="reversal_once"
            ),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def key(self) -> str:
        """Return the idempotency key: the same row always gives the same one."""
        return f"reversal:{self.uuid}"

    @property
    def money(self) -> Money:
        return Money(self.amount, self.transfer.currency)

    @property
    def seller_money(self) -> Money:
        return Money(self.seller_amount, self.transfer.seller_currency)
