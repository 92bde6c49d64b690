"""Around a tariff version: its file, signatures, stacking, freshness, and what duty really was."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customs.models.tariff import Sourced, TariffVersion
from marketplace.documents.models import private_storage


class FileState(models.TextChoices):
    """A file is read by a worker, a part at a time."""

    WAITING = "WAITING", _("Waits to be read")
    READING = "READING", _("Is being read")
    READY = "READY", _("Read")
    REFUSED = "REFUSED", _("Refused")


class TariffFile(models.Model):
    """An uploaded tariff file with how far it was read, and every fault by row and column."""

    destination = models.CharField(max_length=4)
    format = models.CharField(max_length=40)
    label = models.CharField(max_length=160)
    source = models.CharField(max_length=400)
    starts_on = models.DateField(null=True, blank=True)
    file = models.FileField(storage=private_storage, upload_to="tariffs/", max_length=160)
    filename = models.CharField(max_length=160)
    size = models.PositiveBigIntegerField()
    state = models.CharField(max_length=8, choices=FileState.choices, default=FileState.WAITING)
    rows_read = models.PositiveIntegerField(default=0)
    share_read = models.PositiveSmallIntegerField(default=0, help_text="percent of the bytes")
    faults = models.JSONField(default=list, blank=True)
    version = models.ForeignKey(TariffVersion, models.SET_NULL, null=True, blank=True, related_name="files")
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField()

    class Meta:
        ordering = ["-pk"]

    def __str__(self) -> str:
        return self.filename

    @property
    def is_open(self) -> bool:
        """Whether a worker still has work with it."""
        return self.state in {FileState.WAITING, FileState.READING}


class SignatureAct(models.TextChoices):
    """What a person said about a version."""

    RECOMMEND = "recommend", _("Recommends it")
    ACTIVATE = "activate", _("Put it to work")
    SEND_BACK = "send_back", _("Sent it back")
    ASK_BACK = "ask_back", _("Wants the version before it")
    TAKE_BACK = "take_back", _("Took it back")


class VersionSignature(models.Model):
    """One person's act on a version, with the reason; never changed."""

    version = models.ForeignKey(TariffVersion, models.PROTECT, related_name="signatures")
    act = models.CharField(max_length=12, choices=SignatureAct.choices)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    note = models.TextField()
    at = models.DateTimeField()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.version}: {self.act}"


class StackingKind(models.TextChoices):
    """How one group of measures meets another."""

    EXCLUDES = "excludes", _("switches off the other group")
    CAP_NET_OF = "cap_net_of", _("is a ceiling, less the other duty")
    BASE = "base", _("is taken of this base")


class StackingRule(Sourced):
    """A row that says how the measures of a group meet other measures of the destination."""

    destination = models.CharField(max_length=4)
    group = models.CharField(max_length=40)
    kind = models.CharField(max_length=12, choices=StackingKind.choices)
    other = models.CharField(max_length=40, help_text="a group, a kind of duty, or a base")
    sequence = models.PositiveSmallIntegerField(default=1)

    class Meta(Sourced.Meta):
        ordering = ["destination", "group", "sequence", "id"]
        constraints = [
            *Sourced.Meta.constraints,
            models.UniqueConstraint(
                fields=["destination", "group", "kind", "other"], name="customs_stacking_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.destination} {self.group} {self.kind} {self.other}"


class AdditionalCode(Sourced):
    """A code beside the goods code, such as that of a producing company with a duty of its own."""

    destination = models.CharField(max_length=4)
    code = models.CharField(max_length=8)
    label = models.CharField(max_length=250)
    residual = models.BooleanField(default=False, help_text="stands for all that have no code of their own")

    class Meta(Sourced.Meta):
        ordering = ["destination", "code"]
        constraints = [
            *Sourced.Meta.constraints,
            models.UniqueConstraint(
                fields=["destination", "code", "valid_from"], name="customs_addcode_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.destination} {self.code}"


class RowKind(models.TextChoices):
    """The kinds of rows that grow old."""

    DUTY = "duty", _("Customs duties")
    REMEDY = "remedy", _("Anti-dumping and other added duties")
    EXCISE = "excise", _("Excise and consumption tax")
    TAX = "tax", _("VAT, GST and sales tax")
    FEE = "fee", _("Fees")


ROW_KINDS: Final = {
    "third_country_duty": RowKind.DUTY, "preference": RowKind.DUTY, "suspension": RowKind.DUTY,
    "quota": RowKind.DUTY, "anti_dumping": RowKind.REMEDY, "countervailing": RowKind.REMEDY,
    "safeguard": RowKind.REMEDY, "additional": RowKind.REMEDY, "excise": RowKind.EXCISE,
    "consumption_tax": RowKind.EXCISE, "vat": RowKind.TAX, "sales_tax": RowKind.TAX, "fee": RowKind.FEE,
}  # fmt: skip


class Freshness(models.Model):
    """How old a row of a kind may be before prices from it are estimates; by destination where it differs."""

    destination = models.CharField(max_length=4, blank=True, help_text="empty stands for every destination")
    kind = models.CharField(max_length=8, choices=RowKind.choices)
    days = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["kind", "destination"]
        constraints = [models.UniqueConstraint(fields=["destination", "kind"], name="customs_freshness_once")]

    def __str__(self) -> str:
        return f"{self.destination or '*'} {self.kind}: {self.days}"


class DutyOutcome(models.Model):
    """What the authority really took for an order, beside what the buyer had been quoted."""

    class Origin(models.TextChoices):
        OPERATOR = "operator", _("Entered by a person")
        AUTHORITY = "authority", _("Told by the authority")

    order_number = models.CharField(max_length=24)
    key = models.CharField(max_length=80, unique=True, help_text="a repeated report changes nothing")
    chapter = models.CharField(max_length=2, blank=True)
    from_country = models.CharField(max_length=2)
    to_country = models.CharField(max_length=2)
    quoted_amount = models.DecimalField(max_digits=19, decimal_places=4)
    actual_amount = models.DecimalField(max_digits=19, decimal_places=4)
    currency = models.CharField(max_length=3)
    told_by = models.CharField(max_length=10, choices=Origin.choices)
    reference = models.CharField(max_length=80, blank=True, help_text="the authority's own number")
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-recorded_at", "-pk"]
        indexes = [models.Index(fields=["from_country", "to_country", "chapter"])]
        constraints = [
            models.CheckConstraint(
                condition=Q(quoted_amount__gte=0) & Q(actual_amount__gte=0), name="customs_outcome_positive"
            ),
            models.CheckConstraint(
                condition=~Q(from_country=F("to_country")), name="customs_outcome_crosses"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.order_number}: {self.quoted_amount} / {self.actual_amount} {self.currency}"
