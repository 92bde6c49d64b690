"""Denied parties: the lists we hold, and every near name with its decision."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customs.models.clearance import Declaration
from marketplace.accounts.models import User


class PartyList(models.Model):
    """One loaded version of an official list of parties."""

    source = models.CharField(max_length=20)
    title = models.CharField(max_length=120)
    listed_on = models.DateField(null=True, blank=True)
    digest = models.CharField(max_length=64)
    loaded_at = models.DateTimeField()
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    entries = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["source", "-loaded_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["source"], condition=Q(is_active=True), name="party_list_one_active"
            )
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.listed_on})" if self.listed_on else self.title

    def age_days(self, on: date) -> int:
        """Count the days since the publisher's day, or since loading where the file names no day."""
        return (on - (self.listed_on or self.loaded_at.date())).days


class ListedParty(models.Model):
    """A person, firm or ship of an active list; `fingerprint` changes when the entry changes."""

    class Kind(models.TextChoices):
        PERSON = "person", _("person")
        FIRM = "firm", _("firm")
        SHIP = "ship", _("ship or aircraft")

    source = models.CharField(max_length=20)
    entry = models.CharField(max_length=40)
    kind = models.CharField(max_length=8, choices=Kind)
    name = models.CharField(max_length=300)
    aliases = models.JSONField(default=list, blank=True)
    countries = models.JSONField(default=list, blank=True)
    born = models.CharField(max_length=40, blank=True)
    identifiers = models.JSONField(default=list, blank=True)
    programme = models.CharField(max_length=120, blank=True)
    fingerprint = models.CharField(max_length=64)
    is_listed = models.BooleanField(default=True)
    changed_in = models.ForeignKey(
        PartyList,
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="changed",
        help_text="last version that changed it",
    )

    class Meta:
        ordering = ["source", "entry"]
        verbose_name_plural = "listed parties"
        constraints = [models.UniqueConstraint(fields=["source", "entry"], name="listed_party_once")]

    def __str__(self) -> str:
        return f"{self.name} ({self.source} {self.entry})"


class HitQuerySet(models.QuerySet["ScreeningHit"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Show screening to the customs and trust desks alone."""
        allowed = isinstance(user, User) and user.has_desk(User.Desk.CUSTOMS, User.Desk.TRUST)
        return self if allowed else self.none()

    def open(self) -> Self:
        """Keep what nobody has decided yet."""
        return self.filter(state__in=[ScreeningHit.State.OPEN, ScreeningHit.State.UNSURE])

    def stopping(self, fingerprint: str, on: date) -> Self:
        """Keep what stops this party on a day: pairs as both sides stand now, neither cleared nor expired."""
        cleared = Q(state=ScreeningHit.State.CLEARED) & (Q(expires_on=None) | Q(expires_on__gte=on))
        same = Q(listed__is_listed=True, listed_fingerprint=F("listed__fingerprint"))
        return self.filter(same, party_fingerprint=fingerprint).exclude(cleared)


class ScreeningHit(models.Model):
    """A party of ours whose name is near a listed one; a clearing holds until either side changes."""

    class State(models.TextChoices):
        OPEN = "OPEN", _("to decide")
        UNSURE = "UNSURE", _("not sure yet")
        CLEARED = "CLEARED", _("not the same")
        CONFIRMED = "CONFIRMED", _("the same")

    declaration = models.ForeignKey(Declaration, models.SET_NULL, null=True, blank=True, related_name="hits")
    listed = models.ForeignKey(ListedParty, models.PROTECT, related_name="hits")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    party = models.JSONField(help_text="our side as it was compared: name, country, born, identifiers")
    party_fingerprint = models.CharField(max_length=64)
    listed_snapshot = models.JSONField()
    listed_fingerprint = models.CharField(max_length=64)
    score = models.DecimalField(max_digits=4, decimal_places=3)
    parts = models.JSONField(default=list, help_text="each part of the score in words")
    found_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)
    about = models.CharField(
        max_length=80, blank=True, help_text="what waits for the decision where it is no declaration"
    )
    expires_on = models.DateField(null=True, blank=True)

    objects = HitQuerySet.as_manager()

    class Meta:
        ordering = ["-score", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["party_fingerprint", "listed", "listed_fingerprint"], name="screening_pair_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.party.get('name')} / {self.listed_id}"


class ScreenedParty(models.Model):
    """A party of ours that was compared with the lists: compared again when an entry changes."""

    fingerprint = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=160)
    country = models.CharField(max_length=2, blank=True)
    born = models.CharField(max_length=10, blank=True)
    identifiers = models.JSONField(default=list, blank=True)
    firm = models.BooleanField(default=False)
    fresh = models.BooleanField(
        default=True, help_text="compared at least once with lists inside their age limit"
    )
    compared_with = models.CharField(
        max_length=64, blank=True, help_text="digest of the lists in force at the last whole comparison"
    )
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]
        verbose_name_plural = "screened parties"

    def __str__(self) -> str:
        return self.name


class RiskModel(models.Model):
    """A fitted selectivity score; one is in force, the older ones stay for the record."""

    body = models.JSONField()
    source = models.CharField(max_length=120)
    outcomes = models.PositiveIntegerField()
    fitted_at = models.DateTimeField()
    is_active = models.BooleanField(default=True)

    class Meta:
        ordering = ["-fitted_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_active"], condition=Q(is_active=True), name="risk_model_one_active"
            )
        ]

    def __str__(self) -> str:
        return self.source
