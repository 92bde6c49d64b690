"""A link that turns a guest's purchase into an account: it proves the e-mail address and sets a password."""

from __future__ import annotations

from typing import Any

from allauth.account import app_settings
from allauth.account.models import EmailAddress
from allauth.account.utils import user_pk_to_url_str
from django.urls import reverse

from marketplace.accounts.models import User


def password_path(user: User) -> str:
    """Give the address that sets a first password; it works once, for three days at most."""
    key = app_settings.PASSWORD_RESET_TOKEN_GENERATOR().make_token(user)
    return reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])


def address_is_proved(sender: object, user: User, **_more: Any) -> None:  # noqa: ARG001
    """Count an e-mail address as verified when its owner came by a link that was sent there alone."""
    EmailAddress.objects.update_or_create(
        user=user, email=user.email, defaults={"verified": True, "primary": True}
    )
