"""Our words on the pages and in the messages of django-allauth: labels, help, and what went wrong."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.forms import AddEmailForm, ChangePasswordForm, LoginForm, ResetPasswordForm, SignupForm
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from django import forms
from django.utils.translation import gettext_lazy as _

GOOD_PASSWORD = _("8 characters or more. Not your name, and not a word that many people use.")


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """Says what went wrong and what to do next."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "account_inactive": _("This account is closed. Write to us if that is wrong."),
        "cannot_remove_primary_email": _("This is your main address. Make another one the main one first."),
        "duplicate_email": _("This address is in your account already."),
        "email_password_mismatch": _(
            "Email and password do not fit together. Try again, or ask for a new password."
        ),
        "email_taken": _(
            "There is an account with this address already. Sign in, or ask for a new password."
        ),
        "enter_current_password": _("Write the password that you have now."),
        "incorrect_code": _("This code is not right. Write the newest one that the app shows."),
        "incorrect_password": _("This password is not right. Try again."),
        "invalid_or_expired_key": _("This link does not work any more. Ask for a new one."),
        "invalid_login": _("This did not work. Try again."),
        "invalid_password_reset": _("This link does not work any more. Ask for a new one."),
        "max_email_addresses": _("An account has %d addresses at most. Remove one first."),
        "too_many_login_attempts": _("Too many tries. Wait five minutes, then try again."),
        "unknown_email": _("We know no account with this address. Look at the spelling."),
        "unverified_primary_email": _("Confirm this address first: open the link that we sent you."),
        "same_as_current": _("This is the same as before. Choose another one."),
        "rate_limited": _("Too many tries. Wait a few minutes, then try again."),
    }


class SecondStepAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """The same for one-time codes and keys."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "add_email_blocked": _("With one-time codes on you cannot add an address. Turn them off first."),
        "cannot_delete_authenticator": _("You cannot remove this: it is your last way to sign in."),
        "cannot_generate_recovery_codes": _("Turn on one-time codes first, then make recovery codes."),
        "incorrect_code": Adapter.error_messages["incorrect_code"],
        "unverified_email": _("Confirm your email address first: open the link that we sent you."),
    }


def _plain(form: forms.Form, **labels: Any) -> None:
    """Give fields our labels, and no second label inside the field."""
    for name, field in form.fields.items():
        field.widget.attrs.pop("placeholder", None)
        if name in labels:
            field.label = labels[name]


class SignIn(LoginForm):  # type: ignore[misc]
    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        _plain(self, login=_("Email"), password=_("Password"), remember=_("Keep me signed in on this device"))


class SignUp(SignupForm):  # type: ignore[misc]
    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        _plain(self, email=_("Email"), password1=_("Password"))
        self.fields["password1"].help_text = GOOD_PASSWORD


class AddAddress(AddEmailForm):  # type: ignore[misc]
    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        _plain(self, email=_("Email"))


class AskForPassword(ResetPasswordForm):  # type: ignore[misc]
    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        _plain(self, email=_("Email"))


class NewPassword(ChangePasswordForm):  # type: ignore[misc]
    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        _plain(
            self,
            oldpassword=_("Password now"),
            password1=_("New password"),
            password2=_("New password again"),
        )
        self.fields["password1"].help_text = GOOD_PASSWORD


class SecondStep(AuthenticateForm):  # type: ignore[misc]
    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        _plain(self, code=_("Code"))
