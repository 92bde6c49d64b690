"""People and companies: who may act, and for whom."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.contrib.auth.base_user import BaseUserManager
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _


class Company(models.Model):
    """A firm or a private person: buyer, seller or both. The number is its public name."""

    class Kind(models.TextChoices):
        CONSUMER = "consumer", _("private person")
        BUSINESS = "business", _("business")

    class State(models.TextChoices):
        ONBOARDING = "ONBOARDING", _("setting up")
        READY = "READY", _("waiting for our check")
        APPROVED = "APPROVED", _("approved")
        REJECTED = "REJECTED", _("not accepted")
        SUSPENDED = "SUSPENDED", _("suspended")

    number = models.CharField(max_length=20, unique=True)
    slug = models.SlugField(max_length=80, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.BUSINESS)
    is_buyer = models.BooleanField(default=True)
    is_seller = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=State, default=State.ONBOARDING)
    country = models.CharField(max_length=2)
    town = models.CharField(max_length=80, blank=True)
    postal_code = models.CharField(max_length=12, blank=True)
    region = models.CharField(max_length=80, blank=True)
    street = models.CharField(max_length=160, blank=True)
    currency = models.CharField(max_length=3)
    timezone = models.CharField(max_length=40, default="UTC")
    languages = models.JSONField(default=list)
    founded = models.PositiveSmallIntegerField(null=True, blank=True)
    speciality = models.CharField(max_length=200, blank=True)
    story = models.TextField(blank=True)
    registration_note = models.CharField(max_length=200, blank=True)
    tax_ids = models.JSONField(default=dict, help_text="e.g. {'EORI': '…', 'IOSS': '…', 'VAT': '…'}")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["name", "pk"]
        verbose_name_plural = "companies"
        constraints = [
            models.CheckConstraint(condition=Q(is_buyer=True) | Q(is_seller=True), name="company_has_a_side"),
        ]

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractUser):
    """A person who signs in by e-mail; `company` is the one they act for now."""

    class Desk(models.TextChoices):
        """What a member of staff may decide."""

        NONE = "", _("none")
        CUSTOMS = "customs", _("customs")
        FINANCE = "finance", _("finance")
        TRUST = "trust", _("trust")
        ADMIN = "admin", _("admin")

    username = None  # type: ignore[assignment]
    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=120, blank=True)
    company = models.ForeignKey(Company, models.SET_NULL, null=True, blank=True, related_name="+")
    desk = models.CharField(max_length=10, choices=Desk, default=Desk.NONE, blank=True)
    language = models.CharField(max_length=10, default="en")
    timezone = models.CharField(max_length=40, default="UTC")

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects = UserManager()  # type: ignore[misc,assignment]

    class Meta:
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_once_in_any_case")]

    def __str__(self) -> str:
        return self.name or self.email

    def has_desk(self, *desks: str) -> bool:
        """Staff with one of these desks; an admin has every desk."""
        return self.is_active and self.is_staff and (self.is_superuser or self.desk in {*desks, "admin"})


class Membership(models.Model):
    """What a person may do in a company."""

    class Role(models.TextChoices):
        OWNER = "owner", _("owner")
        CATALOGUE = "catalogue", _("catalogue")
        FULFILMENT = "fulfilment", _("fulfilment")
        FINANCE = "finance", _("finance")

    user = models.ForeignKey(User, models.CASCADE, related_name="memberships")
    company = models.ForeignKey(Company, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=12, choices=Role, default=Role.OWNER)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "company"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.user} at {self.company} ({self.role})"


class AddressQuerySet(models.QuerySet["Address"]):
    def visible_to(self, user: User) -> Self:
        return self.filter(company=user.company_id) if user.company_id else self.none()


class Address(models.Model):
    """A postal address; which parts are required follows the country."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="addresses")
    name = models.CharField(max_length=120)
    street = models.CharField(max_length=160)
    street2 = models.CharField(max_length=160, blank=True)
    town = models.CharField(max_length=80)
    region = models.CharField(max_length=80, blank=True)
    postal_code = models.CharField(max_length=12, blank=True)
    country = models.CharField(max_length=2)
    phone = models.CharField(max_length=30, blank=True)
    is_default = models.BooleanField(default=False)

    objects = AddressQuerySet.as_manager()

    class Meta:
        ordering = ["-is_default", "pk"]
        verbose_name_plural = "addresses"

    def __str__(self) -> str:
        return f"{self.name}, {self.town}, {self.country}"


class Invitation(models.Model):
    """A person is asked to join a company; the token is in the e-mail only."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="invitations")
    email = models.EmailField()
    role = models.CharField(max_length=12, choices=Membership.Role)
    token = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.email} to {self.company}"


class CompanyCheck(models.Model):
    """One decision of ours about a company that wants to sell."""

    company = models.ForeignKey(Company, models.CASCADE, related_name="checks")
    approved = models.BooleanField()
    reason = models.TextField(blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    decided_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.company} {'approved' if self.approved else 'not approved'}"
