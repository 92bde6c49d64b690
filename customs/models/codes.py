"""What goods are called, what people confirmed, and what a maker can prove about origin."""

from __future__ import annotations

from datetime import date
from typing import Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customs import proofs
from marketplace.accounts.models import Company, User


class GoodsPhrase(models.Model):
    """A text about goods with the six-digit codes it stands for: official lines, references, our words."""

    text = models.TextField()
    codes = ArrayField(models.CharField(max_length=6))
    source = models.CharField(max_length=40)

    class Meta:
        ordering = ["source", "id"]
        constraints = [models.UniqueConstraint(fields=["source", "text"], name="customs_phrase_once")]

    def __str__(self) -> str:
        return f"{self.text[:60]} ({', '.join(self.codes[:3])})"


class Synonym(models.Model):
    """Words that are added to a query which has the term."""

    term = models.CharField(max_length=120)
    adds = models.CharField(max_length=200)
    source = models.CharField(max_length=40)

    class Meta:
        ordering = ["term"]
        constraints = [models.UniqueConstraint(fields=["source", "term"], name="customs_synonym_once")]

    def __str__(self) -> str:
        return f"{self.term} → {self.adds}"


class InterceptMessage(models.Model):
    """A term that names too little: what to ask, and the codes among which the answer lies."""

    term = models.CharField(max_length=200)
    message = models.TextField(blank=True)
    codes = ArrayField(models.CharField(max_length=10), default=list, blank=True)
    source = models.CharField(max_length=40)

    class Meta:
        ordering = ["term"]
        constraints = [models.UniqueConstraint(fields=["source", "term"], name="customs_intercept_once")]
        indexes = [models.Index(fields=["term"])]

    def __str__(self) -> str:
        return self.term


class SearchEdition(models.Model):
    """One state of the searched texts; the newest one names the index that every process opens."""

    digest = models.CharField(max_length=32)
    phrases = models.PositiveIntegerField()
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.digest[:8]}: {self.phrases}"


class ConfirmedCode(models.Model):
    """A product description whose code a person confirmed, with the evidence."""

    description = models.TextField()
    hs6 = models.CharField(max_length=6)
    product_number = models.CharField(max_length=20, blank=True)
    evidence = models.JSONField(default=dict, blank=True)
    is_withdrawn = models.BooleanField(default=False, help_text="Found wrong later: no longer learned from.")
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL)
    confirmed_at = models.DateTimeField()

    class Meta:
        ordering = ["-confirmed_at"]
        indexes = [
            GinIndex(fields=["description"], name="customs_confirmed_trgm", opclasses=["gin_trgm_ops"])
        ]

    def __str__(self) -> str:
        return f"{self.hs6} {self.description[:40]}"


class CodeQuestionQuerySet(models.QuerySet["CodeQuestion"]):
    def visible_to(self, user: User) -> Self:
        """Staff see every question, a company its own."""
        return self if user.is_staff else self.filter(company=user.company_id or 0)

    def open(self) -> Self:
        """Questions that nobody answered yet."""
        return self.filter(answered_at=None)


class CodeQuestion(models.Model):
    """A seller asks a person for the code of a product; the answer is a proposal that the seller confirms."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="code_questions")
    product_number = models.CharField(max_length=20)
    query = models.TextField()
    shown = models.JSONField(default=list, blank=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField()
    answer = models.CharField(max_length=6, blank=True)
    reason = models.TextField(blank=True)
    answered_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    objects = CodeQuestionQuerySet.as_manager()

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["company", "product_number"],
                condition=Q(answered_at=None),
                name="customs_one_open_code_question",
            )
        ]

    def __str__(self) -> str:
        return f"{self.product_number}: {self.query[:60]}"


class OriginEvidenceQuerySet(models.QuerySet["OriginEvidence"]):
    def holds_on(self, on: date) -> Self:
        """Evidence inside its validity that nobody withdrew."""
        return self.filter(valid_from__lte=on, valid_until__gte=on, withdrawn_at=None)

    def to_come(self, on: date) -> Self:
        """Evidence that holds on the day or will hold later."""
        return self.filter(valid_until__gte=on, withdrawn_at=None)


class OriginEvidence(models.Model):
    """A maker's proof for one product under one trade agreement, with its end."""

    class Kind(models.TextChoices):
        DECLARATION = "supplier_declaration", _("Supplier's declaration")
        CERTIFICATE = "certificate", _("Certificate of origin")
        STATEMENT = "statement", _("Statement on origin by the maker")

    company = models.ForeignKey(Company, models.CASCADE, related_name="origin_evidence")
    product_number = models.CharField(max_length=20)
    agreement = models.CharField(max_length=20)
    kind = models.CharField(max_length=24, choices=Kind.choices)
    reference = models.CharField(max_length=80)
    document_number = models.CharField(max_length=40, blank=True)
    facts = models.JSONField(default=dict, blank=True)
    valid_from = models.DateField()
    valid_until = models.DateField()
    kept_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    kept_at = models.DateTimeField()
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    objects = OriginEvidenceQuerySet.as_manager()

    class Meta:
        ordering = ["product_number", "agreement"]
        verbose_name_plural = "origin evidence"
        constraints = [
            models.UniqueConstraint(
                fields=["company", "product_number", "agreement", "reference"], name="customs_evidence_once"
            ),
            models.CheckConstraint(
                condition=Q(valid_until__gte=models.F("valid_from")), name="customs_evidence_validity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.product_number} {self.agreement} {self.reference}"

    @property
    def treaty(self) -> str:
        """The name of the agreement."""
        known = proofs.BY_CODE.get(self.agreement)
        return known.name if known else self.agreement


class MadeOf(models.Model):
    """What a maker says of the materials in one piece of a product; `here` are those of its own country."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="+")
    product_number = models.CharField(max_length=20)
    ex_works_amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    wholly_obtained = models.BooleanField(default=False)
    materials = models.JSONField(default=list, blank=True)
    stated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    stated_at = models.DateTimeField()

    class Meta:
        ordering = ["product_number"]
        verbose_name_plural = "statements of materials"
        constraints = [
            models.UniqueConstraint(fields=["company", "product_number"], name="customs_made_of_once"),
            models.CheckConstraint(condition=Q(ex_works_amount__gt=0), name="customs_ex_works_above_zero"),
        ]

    def __str__(self) -> str:
        return self.product_number


class OriginRule(models.Model):
    """The rule of origin of an agreement for a range of codes: ways with their classes, any one is enough."""

    agreement = models.CharField(max_length=20)
    key = models.CharField(max_length=32)
    heading = models.CharField(max_length=200, blank=True)
    goods = models.TextField(blank=True)
    first = models.CharField(max_length=10)
    last = models.CharField(max_length=10)
    ways = models.JSONField(default=list)
    source = models.CharField(max_length=300)
    retrieved_on = models.DateField()

    class Meta:
        ordering = ["agreement", "first", "last", "id"]
        indexes = [models.Index(fields=["agreement", "first", "last"], name="customs_ori_agreeme_rule")]
        constraints = [
            models.UniqueConstraint(fields=["agreement", "key"], name="customs_origin_rule_once"),
            models.CheckConstraint(
                condition=Q(last__gte=models.F("first")), name="customs_origin_rule_range"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} {self.heading}"
