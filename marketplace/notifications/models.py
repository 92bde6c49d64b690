"""The inbox: what happened, told in plain words to a company or to one person."""

from __future__ import annotations

from typing import Self

from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q

from marketplace.accounts.models import Company, User


class NoticeQuerySet(models.QuerySet["Notice"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep one's own notices and those of the acting company."""
        if not isinstance(user, User):
            return self.none()
        mine = Q(user=user)
        if user.company_id:
            mine |= Q(company=user.company_id)
        return self.filter(mine)

    def unread(self) -> Self:
        return self.filter(read_at=None)


class Notice(models.Model):
    """One message; `key` makes telling the same thing twice harmless."""

    company = models.ForeignKey(Company, models.CASCADE, null=True, blank=True, related_name="notices")
    user = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="notices")
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=160)
    body = models.TextField(blank=True)
    url = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=120, unique=True, null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)
    address = models.EmailField(blank=True, help_text="a guest's e-mail address, told as well")

    objects = NoticeQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(company__isnull=False) | Q(user__isnull=False), name="notice_has_a_reader"
            )
        ]
        indexes = [models.Index(fields=["company", "read_at"], name="notice_company_unread")]

    def __str__(self) -> str:
        return self.title


class Preference(models.Model):
    """Whether a person wants e-mail about a kind of notice; the inbox always has it."""

    user = models.ForeignKey(User, models.CASCADE, related_name="notice_preferences")
    kind = models.CharField(max_length=40)
    by_mail = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "kind"], name="preference_once")]

    def __str__(self) -> str:
        return f"{self.user} {self.kind}"
