"""Roles: what a person may do for their company."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from marketplace.accounts.models import Company, Membership, User

View = Callable[..., HttpResponse]


def roles_of(user: User | AnonymousUser) -> frozenset[str]:
    """Read what the person may do in the acting company; one statement for a request."""
    if not isinstance(user, User) or user.company_id is None:
        return frozenset()
    known: tuple[int, frozenset[str]] | None = getattr(user, "known_roles", None)
    if known is None or known[0] != user.company_id:
        found = Membership.objects.filter(user=user, company=user.company_id).values_list("role", flat=True)
        known = (user.company_id, frozenset(found))
        user.known_roles = known  # type: ignore[attr-defined]
    return known[1]


def may(user: User | AnonymousUser, *roles: str) -> bool:
    """Tell whether the person has one of these roles in the acting company; an owner has all."""
    return bool(roles_of(user) & {*roles, Membership.Role.OWNER.value})


def needs(*roles: str, seller: bool = False) -> Callable[[View], View]:
    """Let a page in only with one of the roles; without a company it leads to making one."""

    def wrap(view: View) -> View:
        @functools.wraps(view)
        @login_required
        def inner(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            user = request.user
            if not isinstance(user, User) or user.company is None:
                return redirect("people:company")
            if seller and not user.company.is_seller:
                return redirect("people:selling")
            if not may(user, *roles):
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return inner

    return wrap


def selling_gaps(company: Company) -> list[str]:
    """Name the fields a seller must fill before the company can be checked."""
    needed = ("name", "country", "town", "street", "story", "registration_note", "currency")
    return [field for field in needed if not str(getattr(company, field)).strip()]
