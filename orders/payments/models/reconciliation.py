"""What does not fit between our books and the statements of others: each difference is a case."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Mismatch(models.Model):
    """One difference; it stays open until it is gone, or a person explains it or corrects our books."""

    class Kind(models.TextChoices):
        MISSING_HERE = "missing_here", _("missing in our books")
        MISSING_THERE = "missing_there", _("missing at the other side")
        AMOUNT = "amount", _("another amount")
        CURRENCY = "currency", _("another currency")
        DUPLICATE = "duplicate", _("there more than once")
        FEE = "fee", _("another fee")

    class State(models.TextChoices):
        OPEN = "OPEN", _("open")
        GONE = "GONE", _("fits by now")
        EXPLAINED = "EXPLAINED", _("explained")
        CORRECTED = "CORRECTED", _("corrected in our books")

    side = models.CharField(max_length=10, help_text="provider or bank")
    kind = models.CharField(max_length=13, choices=Kind)
    reference = models.CharField(max_length=120)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    ours = models.CharField(max_length=60, blank=True)
    theirs = models.CharField(max_length=60, blank=True)
    words = models.CharField(max_length=200, blank=True)
    found_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["side", "kind", "reference"], name="mismatch_once"),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.reference}: {self.kind}"
