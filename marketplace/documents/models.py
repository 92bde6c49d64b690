"""Papers of every room: stored once, found by number, shown only to the companies they are for."""

from __future__ import annotations

from typing import Self

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.files.storage import FileSystemStorage
from django.db import models
from django.db.models import Q
from django.urls import reverse

from marketplace.accounts.models import Company, User


def private_storage() -> FileSystemStorage:
    """Keep papers outside the folder that the web serves."""
    return FileSystemStorage(location=settings.VAR_DIR / "documents", base_url=None)


class DocumentQuerySet(models.QuerySet["Document"]):
    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Keep the papers of the acting company; members of staff see all."""
        if not isinstance(user, User):
            return self.none()
        if user.has_desk(User.Desk.CUSTOMS, User.Desk.FINANCE, User.Desk.TRUST):
            return self
        if user.company_id is None:
            return self.none()
        return self.filter(Q(companies=user.company_id)).distinct()

    def about(self, subject: object) -> Self:
        """Keep the papers of one order, declaration, …, newest first."""
        return self.filter(subject=str(subject)).order_by("-pk")


class Document(models.Model):
    """One file of one version. A corrected paper is a new row with the next version."""

    number = models.CharField(max_length=20, unique=True)
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=60, db_index=True)
    version = models.PositiveSmallIntegerField(default=1)
    filename = models.CharField(max_length=120)
    media_type = models.CharField(max_length=80)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)
    file = models.FileField(storage=private_storage, max_length=120)
    companies = models.ManyToManyField(Company, related_name="documents", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = DocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["subject", "kind", "version"], name="document_version_once")
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return reverse("documents:download", args=[self.number])


class NumberSeries(models.Model):
    """The last number given in a series of a year; its row is the lock that keeps it gapless."""

    series = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["series", "year"], name="series_once_a_year")]
        verbose_name_plural = "number series"

    def __str__(self) -> str:
        return f"{self.series}-{self.year}-{self.last:06d}"
