"""The ledger: accounts, journals and postings that nothing may change afterwards.

Migration 0002 adds what Django cannot say: balance per currency at commit, no update, delete or truncate,
cached balances kept by the database, and the one function that writes a journal.
"""

from __future__ import annotations

from typing import Self

from django.db import models
from django.db.models import Q

from marketplace.kit.money import Money


class Account(models.Model):
    """One account in one currency; `normal` is 1 for debit, -1 for credit; a guarded one never overdraws."""

    code = models.CharField(max_length=80)
    currency = models.CharField(max_length=3)
    normal = models.SmallIntegerField()
    guarded = models.BooleanField()
    clearing = models.BooleanField(default=False)

    class Meta:
        ordering = ["code", "currency"]
        constraints = [
            models.UniqueConstraint(fields=["code", "currency"], name="account_once"),
            models.CheckConstraint(condition=Q(normal__in=[1, -1]), name="account_has_a_side"),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.currency}"


class Balance(models.Model):
    """The cached balance on the account's normal side; busy unguarded accounts are spread over shards."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="balances")
    shard = models.SmallIntegerField(default=0)
    guarded = models.BooleanField()
    minor = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["account", "shard"]
        constraints = [
            models.UniqueConstraint(fields=["account", "shard"], name="balance_once"),
            models.CheckConstraint(condition=Q(guarded=False) | Q(minor__gte=0), name="account_overdrawn"),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.minor}"


class JournalQuerySet(models.QuerySet["Journal"]):
    def of(self, kind: str, source: str) -> Self:
        return self.filter(kind=kind, source=source)


class Journal(models.Model):
    """One balanced event; (kind, source) may be booked once."""

    kind = models.CharField(max_length=30)
    source = models.CharField(max_length=80)
    memo = models.CharField(max_length=200, blank=True)
    reverses = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="reversed_by")
    happened_at = models.DateTimeField()
    booked_at = models.DateTimeField()
    transaction_id = models.BigIntegerField(editable=False)

    objects = JournalQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["kind", "source"], name="journal_once_per_source")]
        indexes = [models.Index(fields=["booked_at"], name="journal_booked_at")]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"


class Posting(models.Model):
    """One line of a journal in minor units; above zero is a debit."""

    journal = models.ForeignKey(Journal, models.PROTECT, related_name="postings")
    account = models.ForeignKey(Account, models.PROTECT, related_name="postings")
    currency = models.CharField(max_length=3)
    minor = models.BigIntegerField()

    class Meta:
        ordering = ["pk"]
        constraints = [models.CheckConstraint(condition=~Q(minor=0), name="posting_not_zero")]

    def __str__(self) -> str:
        return f"{self.account} {self.money}"

    @property
    def money(self) -> Money:
        return Money.from_minor(self.minor, self.currency)


class LedgerDay(models.Model):
    """The seal of one day: a hash over its journals and the seal of the day before."""

    day = models.DateField(unique=True)
    journals = models.PositiveIntegerField()
    last_journal = models.BigIntegerField()
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {self.hash[:12]}"
