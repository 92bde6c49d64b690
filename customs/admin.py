"""Raw rows of the tariff for the customs desk, to search and look at; daily work happens in the console.

Rates change by a version that two people sign, never here. Only limits of freshness are set here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from customs import stored
from customs.models import (
    AdditionalCode,
    Area,
    AreaMember,
    Commodity,
    DutyOutcome,
    Fee,
    Freshness,
    LowValueRegime,
    Measure,
    MeasureCondition,
    Restriction,
    StackingRule,
    TariffFile,
    TariffVersion,
    TaxRate,
    VersionSignature,
)
from marketplace.accounts.models import User

if TYPE_CHECKING:
    Rows = admin.ModelAdmin[Any]
    Inside = admin.TabularInline[Any, Any]
else:
    Rows, Inside = admin.ModelAdmin, admin.TabularInline


def at_desk(request: HttpRequest, *desks: str) -> bool:
    """Whether the visitor belongs to the staff of one of these desks."""
    return isinstance(request.user, User) and request.user.has_desk(*desks)


class TariffAdmin(Rows):
    """A table that the customs desk looks at and nobody changes here."""

    list_per_page = 50

    def has_module_permission(self, request: HttpRequest) -> bool:
        """The customs desk sees the room."""
        return at_desk(request, "customs")

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """The customs desk looks."""
        return at_desk(request, "customs")

    def has_add_permission(self, request: HttpRequest) -> bool:  # noqa: ARG002
        """Nobody adds here."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Nobody changes here."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Nobody deletes here."""
        return False


class SetAdmin(TariffAdmin):
    """A table of settings: the admin desk may add and change rows."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The admin desk adds."""
        return at_desk(request, "admin")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """The admin desk changes."""
        return at_desk(request, "admin")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save, and drop the tariff that is held in memory."""
        super().save_model(request, obj, form, change)
        stored.forget()


class Members(Inside):
    model = AreaMember
    extra = 0


class Conditions(Inside):
    model = MeasureCondition
    extra = 0


@admin.register(Area)
class AreaAdmin(TariffAdmin):
    list_display = ("code", "label", "group")
    list_filter = ("group",)
    search_fields = ("code", "label", "members__country")
    inlines = (Members,)


@admin.register(Commodity)
class CommodityAdmin(TariffAdmin):
    list_display = ("system", "code", "text", "unit", "valid_from", "valid_to")
    list_filter = ("system", "level")
    search_fields = ("code", "text")
    raw_id_fields = ("parent",)


@admin.register(Measure)
class MeasureAdmin(TariffAdmin):
    list_display = (
        "destination", "code", "kind", "origin_area", "expression", "valid_from", "valid_to", "confidence",
    )  # fmt: skip
    list_filter = ("destination", "kind", "confidence", "version__state")
    search_fields = ("code", "origin_area", "legal_ref", "order_number", "additional_code")
    list_select_related = ("version",)
    raw_id_fields = ("version",)
    inlines = (Conditions,)


@admin.register(StackingRule)
class StackingRuleAdmin(TariffAdmin):
    list_display = ("destination", "group", "kind", "other", "legal_ref")
    list_filter = ("destination", "kind")
    search_fields = ("group", "other", "legal_ref")


@admin.register(AdditionalCode)
class AdditionalCodeAdmin(TariffAdmin):
    list_display = ("destination", "code", "label", "residual")
    list_filter = ("destination", "residual")
    search_fields = ("code", "label")


@admin.register(LowValueRegime)
class LowValueRegimeAdmin(TariffAdmin):
    list_display = ("destination", "kind", "limit_amount", "limit_currency", "basis", "per", "valid_to")
    list_filter = ("destination", "confidence")
    search_fields = ("kind", "legal_ref", "duty_rule", "tax_rule")


@admin.register(TaxRate)
class TaxRateAdmin(TariffAdmin):
    list_display = ("country", "region", "rate", "reduced", "confidence", "retrieved_on")
    list_filter = ("confidence",)
    search_fields = ("country", "region", "reduced")


@admin.register(Fee)
class FeeAdmin(TariffAdmin):
    list_display = ("destination", "code", "label", "expression", "mode", "valid_from", "valid_to")
    list_filter = ("destination", "mode")
    search_fields = ("code", "label", "legal_ref")


@admin.register(Restriction)
class RestrictionAdmin(TariffAdmin):
    list_display = ("destination", "code", "kind", "origin_area", "text", "valid_to")
    list_filter = ("destination", "kind")
    search_fields = ("code", "text", "legal_ref")


@admin.register(Freshness)
class FreshnessAdmin(SetAdmin):
    list_display = ("kind", "destination", "days")
    list_filter = ("kind",)


@admin.register(TariffVersion)
class TariffVersionAdmin(TariffAdmin):
    list_display = ("destination", "label", "format", "state", "starts_on", "proposed_by", "activated_by")
    list_filter = ("state", "destination", "format")
    search_fields = ("label", "source", "content_hash")


@admin.register(TariffFile)
class TariffFileAdmin(TariffAdmin):
    list_display = ("filename", "destination", "format", "state", "rows_read", "uploaded_by", "uploaded_at")
    list_filter = ("state", "format")
    search_fields = ("filename", "label", "source")


@admin.register(VersionSignature)
class VersionSignatureAdmin(TariffAdmin):
    list_display = ("version", "act", "person", "at")
    list_filter = ("act",)
    search_fields = ("note", "person__email")


@admin.register(DutyOutcome)
class DutyOutcomeAdmin(TariffAdmin):
    list_display = ("order_number", "chapter", "from_country", "to_country", "quoted_amount", "actual_amount")
    list_filter = ("told_by", "to_country", "chapter")
    search_fields = ("order_number", "reference")
