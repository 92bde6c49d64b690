"""What a case consists of: findings, asked papers, decisions, its sealed history, tasks for the seller."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customs.models.clearance import DeclarationLine, Hold, Severity
from marketplace.accounts.models import Company, User


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
