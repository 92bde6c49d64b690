"""Every change to people and companies."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core.mail import send_mail
from django.db import connection, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from marketplace.accounts.models import Address, Company, CompanyCheck, Invitation, Membership, User
from marketplace.accounts.roles import selling_gaps
from marketplace.kit.lifecycle import Lifecycle
from marketplace.kit.refusal import Refusal

INVITATION_LIVES: Final = timedelta(days=14)
COMPANY: Final = Lifecycle(
    "company",
    {
        Company.State.ONBOARDING: {Company.State.READY},
        Company.State.READY: {Company.State.APPROVED, Company.State.REJECTED, Company.State.ONBOARDING},
        Company.State.APPROVED: {Company.State.SUSPENDED},
        Company.State.REJECTED: {Company.State.READY},
        Company.State.SUSPENDED: {Company.State.APPROVED},
    },
)
COMPANY_FIELDS: Final = frozenset(
    {
        "name", "kind", "country", "town", "postal_code", "region", "street", "currency", "timezone",
        "languages", "founded", "speciality", "story", "registration_note", "tax_ids",
    }
)  # fmt: skip


class NotAMember(Refusal):
    words = gettext_lazy("You do not belong to this company.")
    status = 403


class InvitationUseless(Refusal):
    words = gettext_lazy("This invitation was used, taken back or is too old. Ask for a new one.")
    status = 410


class InvitationForSomebodyElse(Refusal):
    words = gettext_lazy("This invitation is for {email}. Sign in with that address.")
    status = 403


class KnownAlready(Refusal):
    words = gettext_lazy("There is an account for {email} already. Sign in, then open this page again.")


class LastOwner(Refusal):
    words = gettext_lazy("A company needs at least one owner. Make somebody else owner first.")


class CheckIncomplete(Refusal):
    words = gettext_lazy("Fill in the missing parts first: {missing}.")


class AlreadyDecided(Refusal):
    words = gettext_lazy("Somebody has already decided about this company. Load the page again.")


class ReasonMissing(Refusal):
    words = gettext_lazy("Write a reason, so that the company knows what to change.")


@transaction.atomic
def open_company(*, user: User, fields: Mapping[str, Any]) -> Company:
    """Make a company with this person as its owner and let them act for it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('accounts_company_number')")
        (counted,) = cursor.fetchone()
    known = {name: value for name, value in fields.items() if name in COMPANY_FIELDS}
    slug = slugify(str(known["name"]))[:60] or "company"
    if Company.objects.filter(slug=slug).exists():
        slug = f"{slug}-{counted}"
    company = Company.objects.create(number=f"C-{counted:06d}", slug=slug, **known)
    Membership.objects.create(user=user, company=company, role=Membership.Role.OWNER)
    user.company = company
    user.save(update_fields=["company"])
    return company


def change_company(*, company: Company, fields: Mapping[str, Any]) -> Company:
    """Save named fields of a company."""
    known = {name: value for name, value in fields.items() if name in COMPANY_FIELDS}
    for name, value in known.items():
        setattr(company, name, value)
    company.save(update_fields=list(known))
    return company


def switch_company(*, user: User, number: str) -> Company:
    """Act for another company from now on; only for its members."""
    company = Company.objects.filter(number=number, memberships__user=user).first()
    if company is None:
        raise NotAMember
    user.company = company
    user.save(update_fields=["company"])
    return company


@transaction.atomic
def invite(*, company: Company, by: User, email: str, role: str, at: datetime) -> Invitation:
    """Invite a person by e-mail; a second invitation replaces the first."""
    email = email.strip().lower()
    Invitation.objects.filter(company=company, email=email, accepted_at=None).delete()
    invitation = Invitation.objects.create(
        company=company,
        email=email,
        role=role,
        invited_by=by,
        token=secrets.token_urlsafe(32),
        expires_at=at + INVITATION_LIVES,
    )
    link = f"{settings.SITE_ADDRESS}/people/invitations/{invitation.token}/"
    name = " ".join(company.name.split())
    subject = _("%(company)s invites you to Sampan") % {"company": name}
    text = _("You can now work for %(company)s on Sampan. Open this page to accept:") % {"company": name}
    transaction.on_commit(lambda: send_mail(subject, f"{text}\n\n{link}", None, [email]))
    return invitation


def withdraw_invitation(*, company: Company, pk: int) -> None:
    """Take an invitation back that nobody used; its link stops working, a second call changes nothing."""
    Invitation.objects.filter(company=company, pk=pk, accepted_at=None).delete()


def open_invitation(*, token: str, at: datetime) -> Invitation:
    """Find an invitation that still counts; one that was withdrawn, used or is too old says so."""
    found = Invitation.objects.select_related("company").filter(token=token).first()
    if found is None or found.accepted_at is not None or found.expires_at < at:
        raise InvitationUseless
    return found


@transaction.atomic
def join_as_new(*, token: str, name: str, password: str, at: datetime) -> User:
    """Make the account of an invited person and join; the link in the e-mail proved the address."""
    invitation = open_invitation(token=token, at=at)
    if User.objects.filter(email__iexact=invitation.email).exists():
        raise KnownAlready(email=invitation.email)
    user = User.objects.create_user(invitation.email, password, name=name)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    accept_invitation(token=token, user=user, at=at)
    return user


@transaction.atomic
def accept_invitation(*, token: str, user: User, at: datetime) -> Membership:
    """Join the company; only with the invited address, only once."""
    invitation = Invitation.objects.select_for_update().filter(token=token).first()
    if invitation is None:
        raise InvitationUseless
    if invitation.email != user.email.lower():
        raise InvitationForSomebodyElse(email=invitation.email)
    if invitation.accepted_at is None:
        if invitation.expires_at < at:
            raise InvitationUseless
        invitation.accepted_at = at
        invitation.save(update_fields=["accepted_at"])
        Membership.objects.update_or_create(
            user=user, company=invitation.company, defaults={"role": invitation.role}
        )
    membership = Membership.objects.filter(user=user, company=invitation.company).first()
    if membership is None:
        raise InvitationUseless
    user.company = invitation.company
    user.save(update_fields=["company"])
    return membership


@transaction.atomic
def change_role(*, company: Company, user_id: int, role: str | None) -> None:
    """Give a member another role, or take them out; the last owner stays."""
    Company.objects.select_for_update().get(pk=company.pk)
    membership = Membership.objects.get(company=company, user=user_id)
    owners = Membership.objects.filter(company=company, role=Membership.Role.OWNER)
    leaves = membership.role == Membership.Role.OWNER and role != Membership.Role.OWNER
    if leaves and owners.count() == 1:
        raise LastOwner
    if role is None:
        membership.delete()
        User.objects.filter(pk=user_id, company=company).update(company=None)
        return
    membership.role = role
    membership.save(update_fields=["role"])


def start_selling(*, company: Company) -> Company:
    """Open the seller's desk; listings are seen only after our check."""
    company.is_seller = True
    company.save(update_fields=["is_seller"])
    return company


@transaction.atomic
def ask_for_check(*, company: Company) -> Company:
    """Hand the company over to us for checking."""
    company = Company.objects.select_for_update().get(pk=company.pk)
    if company.state == Company.State.READY:
        return company
    if missing := selling_gaps(company):
        raise CheckIncomplete(missing=", ".join(missing))
    COMPANY.check(company.state, Company.State.READY)
    company.state = Company.State.READY
    company.save(update_fields=["state"])
    return company


@transaction.atomic
def decide_company(*, company_id: int, by: User, approve: bool, reason: str, at: datetime) -> Company:
    """Let a company sell or not; the decision and its reason are kept."""
    company = Company.objects.select_for_update().get(pk=company_id)
    if company.state != Company.State.READY:
        raise AlreadyDecided
    if not approve and not reason.strip():
        raise ReasonMissing
    company.state = Company.State.APPROVED if approve else Company.State.REJECTED
    company.save(update_fields=["state"])
    CompanyCheck.objects.create(
        company=company, approved=approve, reason=reason.strip(), decided_by=by, decided_at=at
    )
    return company


@transaction.atomic
def save_address(*, company: Company, fields: Mapping[str, Any], address_id: int | None = None) -> Address:
    """Keep an address; the first one, or one marked so, is where things go."""
    if fields.get("is_default"):
        Address.objects.filter(company=company).update(is_default=False)
    if address_id is None:
        first = not Address.objects.filter(company=company).exists()
        return Address.objects.create(
            company=company, **{**fields, "is_default": fields.get("is_default") or first}
        )
    address = Address.objects.select_for_update().get(pk=address_id, company=company)
    for name, value in fields.items():
        setattr(address, name, value)
    address.save(update_fields=list(fields))
    return address
