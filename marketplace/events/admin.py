from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from marketplace.events.models import Delivery, DeliveryQuerySet, Event

if TYPE_CHECKING:
    Rows = admin.ModelAdmin[Any]
else:
    Rows = admin.ModelAdmin


class Standing(admin.SimpleListFilter):
    """Deliveries by where they stand."""

    title = _("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: object) -> list[tuple[str, str]]:  # noqa: ARG002
        """Name the choices."""
        return [
            ("open", str(_("open"))),
            ("given_up", str(_("given up"))),
            ("failed", str(_("failed before"))),
        ]

    def queryset(self, request: HttpRequest, queryset: DeliveryQuerySet) -> DeliveryQuerySet:  # type: ignore[override]  # noqa: ARG002
        """Keep what was chosen."""
        match self.value():
            case "open":
                return queryset.open()
            case "given_up":
                return queryset.given_up()
            case "failed":
                return queryset.filter(attempts__gt=0)
        return queryset


@admin.register(Event)
class EventAdmin(Rows):
    list_display = ("name", "subject", "happened_at")
    list_filter = ("name",)
    search_fields = ("subject",)


@admin.register(Delivery)
class DeliveryAdmin(Rows):
    list_display = ("event", "subscriber", "attempts", "due_at", "done_at", "given_up_at", "last_error")
    list_filter = (Standing, "subscriber")
    list_select_related = ("event",)
    actions = ("try_again",)

    @admin.action(description=_("Try the chosen deliveries again"))
    def try_again(self, request: HttpRequest, queryset: DeliveryQuerySet) -> None:  # noqa: ARG002
        """Put given-up deliveries back in line."""
        queryset.filter(done_at=None).update(given_up_at=None, attempts=0, due_at=timezone.now())
