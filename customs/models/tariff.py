"""The tariff: goods codes, areas, versions and dated, sourced measures."""

from __future__ import annotations

from datetime import date
from typing import Final, Self, TypeVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from marketplace.kit.lifecycle import Lifecycle


class Confidence(models.TextChoices):
    """`read` may carry a promise; the other two only an estimate."""

    READ = "read", _("Read in the source")
    DERIVED = "derived", _("Derived from a source")
    KNOWN = "known", _("General knowledge")


class MeasureKind(models.TextChoices):
    """What a measure does; the words are those of the public interface."""

    THIRD_COUNTRY_DUTY = "third_country_duty", _("Customs duty")
    PREFERENCE = "preference", _("Preferential duty")
    SUSPENSION = "suspension", _("Suspended duty")
    QUOTA = "quota", _("Duty inside a quota")
    ANTI_DUMPING = "anti_dumping", _("Anti-dumping duty")
    COUNTERVAILING = "countervailing", _("Countervailing duty")
    SAFEGUARD = "safeguard", _("Safeguard duty")
    ADDITIONAL = "additional", _("Additional duty")
    EXCISE = "excise", _("Excise duty")
    CONSUMPTION_TAX = "consumption_tax", _("Consumption tax")
    VAT = "vat", _("VAT")
    SALES_TAX = "sales_tax", _("Sales tax")
    FEE = "fee", _("Fee")


class VersionState(models.TextChoices):
    """A version is proposed by one person and made active by another."""

    PROPOSED = "PROPOSED", _("Waits for a second person")
    ACTIVE = "ACTIVE", _("In force")
    RETIRED = "RETIRED", _("Replaced")
    REJECTED = "REJECTED", _("Rejected")


VERSION: Final = Lifecycle(
    "tariff version",
    {
        VersionState.PROPOSED: {VersionState.ACTIVE, VersionState.REJECTED},
        VersionState.ACTIVE: {VersionState.RETIRED},
        VersionState.RETIRED: {VersionState.ACTIVE},
        VersionState.REJECTED: set(),
    },
)


T = TypeVar("T", bound=models.Model)


class DatedQuerySet(models.QuerySet[T]):
    """Questions of rows that have days."""

    def valid_on(self, on: date) -> Self:
        """Rows whose validity holds the day."""
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=on), Q(valid_to__isnull=True) | Q(valid_to__gte=on)
        )


class Sourced(models.Model):
    """What each row of the tariff must say about itself."""

    legal_ref = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=400)
    source_date = models.CharField(max_length=40, blank=True)
    retrieved_on = models.DateField(null=True, blank=True)
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)
    confidence = models.CharField(max_length=8, choices=Confidence.choices, default=Confidence.KNOWN)
    objects: models.Manager[Self] = DatedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True)
                | Q(valid_from__isnull=True)
                | Q(valid_to__gte=F("valid_from")),
                name="%(app_label)s_%(class)s_validity",
            )
        ]


class Area(models.Model):
    """A country, or a group such as the European Union."""

    code = models.CharField(max_length=16, unique=True)
    label = models.CharField(max_length=120)
    group = models.BooleanField(default=False)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class AreaMember(Sourced):
    """A country's dated membership in a group."""

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="members")
    country = models.CharField(max_length=2)

    class Meta(Sourced.Meta):
        ordering = ["area", "country"]
        constraints = [
            *Sourced.Meta.constraints,
            models.UniqueConstraint(fields=["area", "country", "valid_from"], name="customs_member_once"),
        ]

    def __str__(self) -> str:
        return f"{self.area}: {self.country}"


class TariffVersion(models.Model):
    """One loaded set of measures of a destination, kept whole so that it can be taken back."""

    destination = models.CharField(max_length=4)
    label = models.CharField(max_length=160)
    format = models.CharField(max_length=40, default="own-csv")
    state = models.CharField(max_length=10, choices=VersionState.choices, default=VersionState.PROPOSED)
    source = models.CharField(max_length=400, blank=True)
    content_hash = models.CharField(max_length=64, blank=True)
    scope = models.JSONField(default=list, blank=True)
    summary = models.JSONField(default=dict, blank=True)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    activated_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    starts_on = models.DateField(
        null=True, blank=True, help_text="The legal day; until then the version before it stays in force."
    )
    proposed_at = models.DateTimeField(null=True, blank=True)
    activated_at = models.DateTimeField(null=True, blank=True)
    replaces = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(activated_by__isnull=True) | ~Q(activated_by=F("proposed_by")),
                name="customs_version_two_people",
            )
        ]

    def __str__(self) -> str:
        return f"{self.destination} {self.label}"

    def move_to(self, state: VersionState) -> None:
        """Change the state along the lifecycle."""
        VERSION.check(self.state, state)
        self.state = state


class Commodity(Sourced):
    """One node of a goods-code tree; `system` is HS2022 or a national one."""

    system = models.CharField(max_length=10)
    code = models.CharField(max_length=12)
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    level = models.PositiveSmallIntegerField(default=6, help_text="Digits of the code; 0 is a section.")
    indent = models.PositiveSmallIntegerField(default=0, help_text="Dashes before the printed text.")
    text = models.TextField()
    unit = models.CharField(max_length=16, blank=True)

    class Meta(Sourced.Meta):
        ordering = ["system", "code"]
        constraints = [
            *Sourced.Meta.constraints,
            models.UniqueConstraint(
                fields=["system", "code", "valid_from"], name="customs_commodity_once", nulls_distinct=False
            ),
        ]

    def __str__(self) -> str:
        return f"{self.system} {self.code}"


class Measure(Sourced):
    """A dated duty or tax on a goods code from an area; inherited by every code below it."""

    version = models.ForeignKey(TariffVersion, on_delete=models.CASCADE, related_name="measures")
    destination = models.CharField(max_length=4)
    code = models.CharField(max_length=12, blank=True, help_text="Digits only; empty stands for all goods.")
    code_system = models.CharField(max_length=10)
    kind = models.CharField(max_length=20, choices=MeasureKind.choices)
    origin_area = models.CharField(max_length=16, default="ERGA OMNES")
    excluded_areas = models.JSONField(default=list, blank=True)
    expression = models.CharField(max_length=250)
    notes = models.TextField(blank=True)
    base = models.JSONField(default=list, blank=True)
    inside = models.BooleanField(default=False)
    caps = models.CharField(max_length=20, blank=True, help_text="The rate is a cap net of this kind.")
    excludes = models.CharField(
        max_length=40, blank=True, help_text="Stacking group that this row switches off."
    )
    group = models.CharField(max_length=40, blank=True, help_text="Stacking group that this row belongs to.")
    additional_code = models.CharField(max_length=8, blank=True)
    order_number = models.CharField(max_length=12, blank=True)
    season_from = models.CharField(max_length=5, blank=True, help_text="MM-DD")
    season_to = models.CharField(max_length=5, blank=True, help_text="MM-DD")
    quota_open = models.BooleanField(default=False)

    class Meta(Sourced.Meta):
        ordering = ["destination", "code", "kind", "id"]
        indexes = [models.Index(fields=["version", "code"])]

    def __str__(self) -> str:
        return f"{self.destination} {self.code or '*'} {self.kind}"


class MeasureCondition(models.Model):
    """A paper or fact without which the measure does not apply."""

    measure = models.ForeignKey(Measure, on_delete=models.CASCADE, related_name="conditions")
    sequence = models.PositiveSmallIntegerField(default=1)
    document_code = models.CharField(max_length=40)
    label = models.CharField(max_length=250, blank=True)
    action = models.CharField(max_length=20, default="apply")

    class Meta:
        ordering = ["measure", "sequence"]

    def __str__(self) -> str:
        return self.document_code


class LowValueRegime(Sourced):
    """A published limit under which a destination treats parcels differently."""

    destination = models.CharField(max_length=4)
    kind = models.CharField(max_length=40)
    limit_amount = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    limit_currency = models.CharField(max_length=3, blank=True)
    basis = models.CharField(max_length=60, blank=True)
    per = models.CharField(max_length=40, blank=True)
    duty_rule = models.CharField(max_length=300, blank=True)
    tax_rule = models.CharField(max_length=300, blank=True)
    excluded_goods = models.CharField(max_length=200, blank=True)
    who_collects = models.CharField(max_length=200, blank=True)

    class Meta(Sourced.Meta):
        ordering = ["destination", "kind"]

    def __str__(self) -> str:
        return f"{self.destination} {self.kind}"


class TaxRate(Sourced):
    """The general VAT, GST or sales tax rate of a country or of one of its regions."""

    country = models.CharField(max_length=4)
    region = models.CharField(max_length=8, blank=True)
    rate = models.CharField(max_length=20)
    reduced = models.CharField(max_length=300, blank=True)

    class Meta(Sourced.Meta):
        ordering = ["country", "region"]

    def __str__(self) -> str:
        return f"{self.country} {self.rate}"


class Fee(Sourced):
    """A fee of the customs or of a border agency, on a whole consignment."""

    destination = models.CharField(max_length=4)
    code = models.CharField(max_length=12)
    label = models.CharField(max_length=120)
    expression = models.CharField(max_length=120)
    mode = models.CharField(max_length=12, blank=True)
    value_from = models.DecimalField(max_digits=12, decimal_places=2, default=0)
    value_to = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)

    class Meta(Sourced.Meta):
        ordering = ["destination", "code", "id"]

    def __str__(self) -> str:
        return f"{self.destination} {self.label}"


class Restriction(Sourced):
    """A prohibition, or a document that goods need on a lane."""

    destination = models.CharField(max_length=4)
    code = models.CharField(max_length=12, blank=True)
    kind = models.CharField(max_length=16)
    origin_area = models.CharField(max_length=16, default="ERGA OMNES")
    text = models.TextField()
    notes = models.TextField(blank=True)

    class Meta(Sourced.Meta):
        ordering = ["destination", "code", "id"]

    def __str__(self) -> str:
        return f"{self.destination} {self.code} {self.kind}"
