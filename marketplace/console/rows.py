"""The raw rows (Django's admin) behind the same wall as the desks."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from marketplace.accounts.models import User
from marketplace.console.access import second_factor_first

View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class RawRows(AdminSite):
    """Raw rows: strangers sign in, people without a desk are told no, staff needs its second factor."""

    def admin_view(
        self,
        view: View,
        cacheable: bool = False,  # noqa: FBT001, FBT002 - Django's own signature
    ) -> View:
        """Guard one page of the raw rows."""
        guarded = super().admin_view(view, cacheable)

        @wraps(guarded)
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            user = request.user
            if isinstance(user, User):
                if not self.has_permission(request):
                    raise PermissionDenied
                if answer := second_factor_first(request, user):
                    return answer
            return guarded(request, *args, **kwargs)

        return cast("View", inner)
