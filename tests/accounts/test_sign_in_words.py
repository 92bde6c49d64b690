"""Signing in speaks our words: no page, message or mail of django-allauth is shown as it comes."""

from __future__ import annotations

import re
from pathlib import Path
from uuid import uuid4

import allauth
import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.core import mail
from django.test import Client

from tests.catalog.world import person

THEIRS = Path(allauth.__file__).parent / "templates"
OURS = Path(settings.BASE_DIR) / "templates"
# Frames without words, and what is switched off: codes by mail, phones, accounts by passkey.
NOT_SHOWN = re.compile(
    r"/base[_.]|base\.html|snippets/|phone|_code[_.]|login_code|email_change\.html|passkey|"
    r"webauthn/signup_form|recovery_codes/download\.txt|mfa/trust"
)
THEIR_WORDS = re.compile(
    r"Sign In\b|Sign Up|Remember Me|Password Reset|Reset My|Are you sure|Make Primary|Re-send|Two-Factor|"
    r"Authenticator secret|Change Password|Deactivate|Email Addresses|please sign|Please contact us|"
    r"You're receiving|Thank you for using|can't be too similar|Successfully|associated with"
)


def test_every_text_of_allauth_that_is_shown_has_ours_in_its_place():
    theirs = [
        path.relative_to(THEIRS).as_posix()
        for room in ("account", "mfa")
        for path in (THEIRS / room).rglob("*")
        if path.is_file()
    ]

    missing = [name for name in theirs if not NOT_SHOWN.search(name) and not (OURS / name).exists()]

    assert missing == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "title", "next_step"),
    [
        ("/accounts/login/", "Sign in", "Make an account"),
        ("/accounts/signup/", "Make an account", "8 characters or more"),
        ("/accounts/password/reset/", "A new password", "Send the link"),
        ("/accounts/password/reset/done/", "Look into your mail", "Ask again"),
        ("/accounts/password/reset/key/done/", "Your password is saved", "Sign in"),
        ("/accounts/confirm-email/", "Look into your mail", "spam folder"),
        ("/accounts/confirm-email/old/", "This link does not work any more", "we send you a new one"),
        ("/accounts/inactive/", "This account is closed", "See goods"),
    ],
)
def test_pages_for_strangers_say_what_to_do_next(client, address, title, next_step):
    text = client.get(address).content.decode()

    assert f"<h1>{title}</h1>" in text
    assert next_step in text
    assert not THEIR_WORDS.search(text.partition("<main")[2])


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "title"),
    [
        ("/accounts/logout/", "Sign out?"),
        ("/accounts/email/", "Your email addresses"),
        ("/accounts/password/change/", "Change your password"),
        ("/accounts/reauthenticate/", "Is it you?"),
        ("/accounts/2fa/recovery-codes/generate/", "New recovery codes?"),
        ("/accounts/2fa/totp/deactivate/", "Stop using the authenticator app?"),
    ],
)
def test_pages_for_members_say_what_to_do_next(client, address, title):
    user = person()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    client.post("/accounts/login/", {"login": user.email, "password": "a long secret 7"})
    if "2fa" in address:
        TOTP.activate(user, generate_totp_secret())
        client.post(f"/accounts/reauthenticate/?next={address}", {"password": "a long secret 7"})

    answer = client.get(address)

    assert answer.status_code == 200
    text = answer.content.decode()
    assert f"<h1>{title}</h1>" in text
    assert not THEIR_WORDS.search(text.partition("<main")[2])


@pytest.mark.django_db
def test_the_second_step_is_told_in_plain_words(client):
    user = person()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    TOTP.activate(user, generate_totp_secret())
    sent = client.post("/accounts/login/", {"login": user.email, "password": "a long secret 7"}, follow=True)
    wrong = client.post("/accounts/2fa/authenticate/", {"code": "000000"})

    assert "<h1>One more step</h1>" in sent.content.decode()
    assert "six figures" in sent.content.decode()
    assert not THEIR_WORDS.search(sent.content.decode().partition("<main")[2])
    assert "This code is not right." in wrong.content.decode()


@pytest.mark.django_db
def test_a_wrong_password_says_what_to_do(client):
    text = client.post("/accounts/login/", {"login": "no@mail.example", "password": "x"}).content.decode()

    assert "Email and password do not fit together. Try again, or ask for a new password." in text


@pytest.mark.django_db
def test_mails_carry_their_link_and_our_words(client):
    """A new account, the same address again, a forgotten password, and one of an address nobody has."""
    user = person()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    fresh, nobody = (f"{uuid4()}@mail.example" for _ in range(2))
    for email in (fresh, user.email):
        Client().post("/accounts/signup/", {"email": email, "password1": "a long secret 7"})
    client.post("/accounts/password/reset/", {"email": user.email})
    client.post("/accounts/password/reset/", {"email": nobody})

    assert [sent.subject.partition("] ")[2] or sent.subject for sent in mail.outbox] == [
        "Is this your email address?", "You have an account already", "Choose a new password",
        "There is no account with this address",
    ]  # fmt: skip
    for sent in mail.outbox:
        assert "http" in sent.body
        assert "do nothing" in sent.body
        assert sent.body.startswith("Hello,")
        assert not THEIR_WORDS.search(str(sent.body))


@pytest.mark.django_db
def test_the_link_of_the_mail_asks_and_then_confirms(client):
    user = person()
    row = EmailAddress.objects.create(user=user, email=user.email, verified=False, primary=True)
    link = f"/accounts/confirm-email/{EmailConfirmationHMAC(row).key}/"

    asked = client.get(link).content.decode()
    done = client.post(link, follow=True).content.decode()

    assert "Is this your email address?" in asked
    assert user.email in asked
    assert f"{user.email} is confirmed." in done
    row.refresh_from_db()
    assert row.verified
