"""Cover: the product's rows, policies bound to orders, and claims."""

from __future__ import annotations

from typing import Final, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Company, User
from marketplace.kit.lifecycle import Lifecycle


class CoverRow(models.Model):
    """Terms for a clause, a mode and a class of goods, from a date on; never edited once bound."""

    code = models.CharField(max_length=30)
    label = models.CharField(max_length=120)
    clause = models.CharField(max_length=30)
    mode = models.CharField(max_length=10, help_text=_("air, sea, reefer, parcel; * for any"))
    goods = models.CharField(max_length=20, default="*", help_text=_("general, frozen, fragile; * for any"))
    region = models.CharField(max_length=10, default="*", help_text=_("destination's country; * for any"))
    rate = models.DecimalField(max_digits=9, decimal_places=6)
    minimum_amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3, default="USD")
    deductible_rate = models.DecimalField(max_digits=9, decimal_places=6, default=0)
    exclusions = models.JSONField(default=list)
    claim_days = models.JSONField(default=dict)
    insurer = models.CharField(max_length=80)
    text_version = models.CharField(max_length=20, default="1")
    source = models.CharField(max_length=200)
    illustrative = models.BooleanField(default=True)
    valid_from = models.DateField()
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["code", "-valid_from"]
        constraints = [models.UniqueConstraint(fields=["code", "valid_from"], name="cover_row_once")]

    def __str__(self) -> str:
        return self.label


class PolicyQuerySet(models.QuerySet["Policy"]):
    def visible_to(self, user: User) -> Self:
        """Return the company's own cover; staff see all."""
        if user.is_staff:
            return self
        return self.filter(company=user.company_id) if user.company_id else self.none()


class Policy(models.Model):
    """Cover bought for one order; begins with the first carrier scan, never earlier."""

    class State(models.TextChoices):
        BOUND = "BOUND", _("bound, begins with the first scan")
        RUNNING = "RUNNING", _("running")
        ENDED = "ENDED", _("ended")
        CANCELLED = "CANCELLED", _("cancelled")

    number = models.CharField(max_length=20, unique=True)
    order_number = models.CharField(max_length=30, unique=True)
    cover = models.ForeignKey(CoverRow, models.PROTECT, related_name="policies")
    holder = models.CharField(max_length=120, blank=True)
    company = models.ForeignKey(Company, models.PROTECT, null=True, blank=True, related_name="policies")
    incoterm = models.CharField(max_length=3, blank=True)
    must_insure = models.CharField(max_length=10, default="nobody", help_text=_("by the incoterm"))
    state = models.CharField(max_length=10, choices=State, default=State.BOUND)
    insured_amount = models.DecimalField(max_digits=19, decimal_places=4)
    premium_amount = models.DecimalField(max_digits=19, decimal_places=4)
    deductible_amount = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    currency = models.CharField(max_length=3)
    mode = models.CharField(max_length=10)
    terms = models.JSONField(default=dict, help_text=_("The clause text and exclusions as shown."))
    bound_at = models.DateTimeField()
    begins_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)

    objects = PolicyQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        verbose_name_plural = "policies"
        constraints = [
            models.CheckConstraint(condition=Q(insured_amount__gt=0), name="policy_insures_something")
        ]

    def __str__(self) -> str:
        return self.number


class ClaimState(models.TextChoices):
    """Where a claim stands."""

    SUBMITTED = "SUBMITTED", _("sent in")
    ASKED = "ASKED", _("we need papers")
    REVIEW = "REVIEW", _("being checked")
    SURVEY = "SURVEY", _("a surveyor looks at it")
    APPROVED = "APPROVED", _("accepted")
    REJECTED = "REJECTED", _("not accepted")
    PAID = "PAID", _("paid out")
    CLOSED = "CLOSED", _("closed")


CLAIM: Final = Lifecycle(
    "claim",
    {
        ClaimState.SUBMITTED: {ClaimState.ASKED, ClaimState.REVIEW},
        ClaimState.ASKED: {ClaimState.REVIEW, ClaimState.REJECTED},
        ClaimState.REVIEW: {ClaimState.ASKED, ClaimState.SURVEY, ClaimState.APPROVED, ClaimState.REJECTED},
        ClaimState.SURVEY: {ClaimState.APPROVED, ClaimState.REJECTED},
        ClaimState.APPROVED: {ClaimState.PAID},
        ClaimState.PAID: {ClaimState.CLOSED},
        ClaimState.REJECTED: {ClaimState.REVIEW, ClaimState.CLOSED},
        ClaimState.CLOSED: set(),
    },
)


class ClaimQuerySet(models.QuerySet["Claim"]):
    def visible_to(self, user: User) -> Self:
        """Return the company's own claims; staff see all."""
        if user.is_staff:
            return self
        return self.filter(claimant=user.company_id) if user.company_id else self.none()

    def waiting(self) -> Self:
        """Return claims that wait for us, the earliest deadline first."""
        states = [ClaimState.SUBMITTED, ClaimState.REVIEW, ClaimState.SURVEY, ClaimState.APPROVED]
        return self.filter(state__in=states).order_by("due_at", "pk")


class Claim(models.Model):
    """A loss reported under a policy, with its evidence, clock and decision."""

    class Cause(models.TextChoices):
        DAMAGED = "damaged", _("damaged")
        LOST = "lost", _("lost")
        NOT_RECEIVED = "not_received", _("marked delivered, not received")
        TEMPERATURE = "temperature", _("too warm on the way")

    number = models.CharField(max_length=20, unique=True)
    policy = models.ForeignKey(Policy, models.PROTECT, related_name="claims")
    claimant = models.ForeignKey(Company, models.PROTECT, null=True, related_name="+")
    cause = models.CharField(max_length=14, choices=Cause)
    state = models.CharField(max_length=10, choices=ClaimState, default=ClaimState.SUBMITTED)
    words = models.TextField(blank=True)
    evidence = models.JSONField(default=list)
    claimed_amount = models.DecimalField(max_digits=19, decimal_places=4)
    actual_value_amount = models.DecimalField(max_digits=19, decimal_places=4)
    payout_amount = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    currency = models.CharField(max_length=3)
    due_at = models.DateTimeField()
    submitted_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decision_note = models.CharField(max_length=400, blank=True)
    asked_words = models.CharField(max_length=400, blank=True)
    surveyor = models.CharField(max_length=120, blank=True)
    survey_note = models.TextField(blank=True)
    proven_amount = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    paid_at = models.DateTimeField(null=True, blank=True)
    recovered_amount = models.DecimalField(max_digits=19, decimal_places=4, null=True, blank=True)
    recovery_reference = models.CharField(max_length=120, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "cause"], name="one_claim_per_cause"),
            models.CheckConstraint(condition=Q(claimed_amount__gt=0), name="claim_claims_something"),
        ]

    def __str__(self) -> str:
        return self.number

    def move_to(self, state: str) -> None:
        """Check the lifecycle and take the state; the caller saves."""
        CLAIM.check(self.state, state)
        self.state = state
