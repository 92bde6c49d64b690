"""What does not fit between our books and the statements of others: each difference is a case."""

from __future__ import annotations

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.kit.money import Money


class Mismatch(models.Model):
    """One difference; it stays open until it is gone, or a person explains it or two correct our books."""

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
        indexes = [models.Index(fields=["side", "reference"], name="mismatch_of")]
        constraints = [
            # A closed one is history: the same reference may differ again.
            models.UniqueConstraint(
                fields=["side", "kind", "reference"], condition=Q(state="OPEN"), name="mismatch_open_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.side} {self.reference}: {self.kind}"

    @property
    def our_money(self) -> Money | None:
        return _read(self.ours)

    @property
    def their_money(self) -> Money | None:
        return _read(self.theirs)


def _read(text: str) -> Money | None:
    currency, _space, amount = text.partition(" ")
    return Money(Decimal(amount), currency) if amount else None


class Correction(models.Model):
    """A journal that shall correct our books after a difference: proposed by one person, agreed by another.

    It keeps what both sides said when it was proposed: what changes after that ends it.
    """

    class State(models.TextChoices):
        PROPOSED = "PROPOSED", _("proposed")
        AGREED = "AGREED", _("agreed and booked")
        REFUSED = "REFUSED", _("put aside")
        ENDED = "ENDED", _("ended: the difference changed")

    case = models.ForeignKey(Mismatch, models.PROTECT, related_name="corrections")
    state = models.CharField(max_length=8, choices=State, default=State.PROPOSED)
    ours = models.CharField(max_length=60, blank=True)
    theirs = models.CharField(max_length=60, blank=True)
    reason = models.CharField(max_length=160)
    proposed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=160, blank=True)

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case"], condition=Q(state="PROPOSED"), name="correction_proposed_once"
            ),
            models.UniqueConstraint(
                fields=["case"], condition=Q(state="AGREED"), name="correction_agreed_once"
            ),
            models.CheckConstraint(
                condition=~Q(state="AGREED")
                | (Q(decided_by__isnull=False) & ~Q(decided_by=F("proposed_by"))),
                name="correction_two_people",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.case}: {self.state}"
