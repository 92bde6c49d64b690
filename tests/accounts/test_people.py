"""People, companies, roles, addresses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.utils import timezone

from marketplace.accounts import actions, postal
from marketplace.accounts.models import Address, Company, Invitation, Membership, User
from marketplace.accounts.roles import may
from tests.catalog import world
from tests.catalog.world import NOON

pytestmark = pytest.mark.django_db
BERLIN = {
    "country": "DE",
    "name": "Jana Ó 🧺",
    "street": "Invalidenstr. 1",
    "town": "Berlin",
    "postal_code": "10115",
}


@pytest.mark.parametrize(
    ("country", "code", "region", "found"),
    [
        ("DE", "10115", "", {}),
        ("DE", "1011", "", {"postal_code": "form"}),
        ("DE", "", "", {"postal_code": "needed"}),
        ("GB", "sw1a1aa", "", {}),
        ("US", "10001-1234", "NY", {}),
        ("US", "10001", "", {"region": "needed"}),
        ("HK", "", "", {}),
        ("SG", "018956", "", {}),
        ("CN", "200000", "Shanghai", {}),
        ("ZW", "anything", "", {}),
    ],
)
def test_what_an_address_needs_follows_the_country(country, code, region, found):
    assert postal.faults(country, postal_code=code, region=region) == found


def test_every_rule_accepts_its_own_example():
    for country, rule in postal.RULES.items():
        if rule.example:
            assert postal.faults(country, postal_code=rule.example, region="x") == {}, country


def test_a_person_opens_a_company_and_owns_it(client):
    user = world.person()
    client.force_login(user)

    answer = client.post(
        "/people/company/",
        {**BERLIN, "kind": "business", "name": "Körbe & Co", "currency": "EUR", "timezone": "Europe/Berlin"},
    )

    assert answer.status_code == 302, answer.context["form"].errors
    user = User.objects.get(pk=user.pk)
    assert user.company is not None
    assert (user.company.name, user.company.state) == ("Körbe & Co", Company.State.ONBOARDING)
    assert may(user, "finance")


def test_an_address_with_a_wrong_postcode_is_refused_with_an_example(client):
    company = world.company()
    client.force_login(world.person(company))

    answer = client.post("/people/addresses/", {**BERLIN, "postal_code": "1"})

    assert answer.status_code == 422
    assert "10115" in answer.content.decode()
    assert not Address.objects.exists()


def test_another_companys_address_does_not_exist(client):
    mine, theirs = world.company(), world.company()
    address = actions.save_address(company=theirs, fields=BERLIN)
    client.force_login(world.person(mine))

    for answer in (
        client.get(f"/people/addresses/{address.pk}/"),
        client.post(f"/people/addresses/{address.pk}/", {"remove": "1"}),
    ):
        assert answer.status_code == 404

    assert Address.objects.get() == address


def test_an_invitation_brings_a_colleague_in(django_capture_on_commit_callbacks):
    company = world.company()
    owner, colleague = world.person(company), world.person()

    with django_capture_on_commit_callbacks(execute=True):
        invitation = actions.invite(
            company=company, by=owner, email=colleague.email.upper(), role="catalogue", at=NOON
        )
    for _ in range(2):
        actions.accept_invitation(token=invitation.token, user=colleague, at=NOON + timedelta(days=1))

    assert invitation.token in mail.outbox[0].body
    assert may(colleague, "catalogue")
    assert not may(colleague, "finance")
    assert Membership.objects.filter(company=company).count() == 2


def test_an_invitation_for_somebody_else_or_too_old_is_refused():
    company = world.company()
    owner, stranger, late = world.person(company), world.person(), world.person()
    invitation = actions.invite(company=company, by=owner, email=late.email, role="owner", at=NOON)

    with pytest.raises(actions.InvitationForSomebodyElse):
        actions.accept_invitation(token=invitation.token, user=stranger, at=NOON)
    with pytest.raises(actions.InvitationUseless):
        actions.accept_invitation(token=invitation.token, user=late, at=NOON + timedelta(days=15))

    assert Invitation.objects.get().accepted_at is None
    assert Membership.objects.filter(company=company).count() == 1


def test_the_last_owner_stays():
    company = world.company()
    owner = world.person(company)

    with pytest.raises(actions.LastOwner):
        actions.change_role(company=company, user_id=owner.pk, role=None)

    assert Membership.objects.get(user=owner).role == "owner"


def test_only_a_member_acts_for_a_company(client):
    mine, theirs = world.company(), world.company()
    user = world.person(mine)
    client.force_login(user)

    answer = client.post("/people/company/acting/", {"company": theirs.number})

    assert answer.status_code == 403
    user.refresh_from_db()
    assert user.company == mine


def test_a_seller_is_checked_once():
    company = world.company(state="ONBOARDING", town="Machakos", street="Road 1", story="Baskets")

    with pytest.raises(actions.CheckIncomplete):
        actions.ask_for_check(company=company)
    actions.change_company(company=company, fields={"registration_note": "BN-1"})
    actions.ask_for_check(company=company)
    company = actions.decide_company(
        company_id=company.pk, by=world.operator(), approve=True, reason="", at=NOON
    )

    assert company.state == Company.State.APPROVED
    with pytest.raises(actions.AlreadyDecided):
        actions.decide_company(
            company_id=company.pk, by=world.operator(), approve=False, reason="no", at=NOON
        )


@pytest.mark.parametrize("page", ["company", "members", "addresses", "selling"])
def test_pages_open_for_the_owner_and_send_strangers_to_sign_in(client, page):
    assert client.get(f"/people/{page}/").status_code == 302
    client.force_login(world.person(world.company()))
    assert client.get(f"/people/{page}/").status_code == 200


def test_a_member_without_the_role_is_refused(client):
    client.force_login(world.person(world.company(), role="fulfilment"))

    assert client.get("/people/members/").status_code == 403
    assert client.post("/people/company/", {"name": "x"}).status_code == 403


def invited(email: str, company: Company | None = None) -> Invitation:
    """Invite somebody to a company of this test."""
    firm = company or world.company()
    owner = world.person(firm)
    return actions.invite(company=firm, by=owner, email=email, role="catalogue", at=timezone.now())


def test_somebody_new_makes_an_account_from_the_invitation(client):
    invitation = invited("new@mail.example")
    address = f"/people/invitations/{invitation.token}/"

    page = client.get(address).content.decode()
    weak = client.post(address, {"name": "Nia", "password": "12345678"})
    answer = client.post(address, {"name": "Nia", "password": "blue-harbour-9"})

    assert "new@mail.example" in page
    assert weak.status_code == 422
    assert (answer.status_code, answer.headers["Location"]) == (302, "/people/company/")
    user = User.objects.get(email="new@mail.example")
    assert EmailAddress.objects.get(user=user).verified
    assert Membership.objects.get(user=user).role == "catalogue"
    assert int(client.session["_auth_user_id"]) == user.pk


def test_a_known_person_is_asked_to_sign_in_and_cannot_be_made_again(client):
    known = world.person()
    invitation = invited(known.email)
    address = f"/people/invitations/{invitation.token}/"

    page = client.get(address).content.decode()
    answer = client.post(address, {"name": "X", "password": "blue-harbour-9"})

    assert f"/accounts/login/?next={address}" in page
    assert answer.status_code == 409
    assert not Membership.objects.filter(user=known).exists()


def test_a_withdrawn_or_old_invitation_says_so(client):
    company = world.company()
    withdrawn, old = invited("a@mail.example", company), invited("b@mail.example", company)
    Invitation.objects.filter(pk=old.pk).update(expires_at=timezone.now() - timedelta(minutes=1))
    client.force_login(world.person(company))
    assert client.post(f"/people/members/invitations/{withdrawn.pk}/withdrawal/").status_code == 302
    client.logout()

    for one in (withdrawn, old):
        answer = client.get(f"/people/invitations/{one.token}/")

        assert answer.status_code == 410
        assert "Ask for a new one" in answer.content.decode()
    assert User.objects.filter(email__in=["a@mail.example", "b@mail.example"]).count() == 0


def test_another_company_cannot_withdraw_an_invitation(client):
    invitation = invited("a@mail.example")
    client.force_login(world.person(world.company()))

    answer = client.post(f"/people/members/invitations/{invitation.pk}/withdrawal/")

    assert answer.status_code == 404
    assert Invitation.objects.get() == invitation


def test_too_many_wrong_passwords_are_stopped_with_a_sentence(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"login_failed": "2/m/ip"}
    user = world.person()

    pages = [
        client.post("/accounts/login/", {"login": user.email, "password": f"wrong-{count}"})
        for count in range(3)
    ]

    said = pages[-1].content.decode()
    assert "Too many tries." in said or pages[-1].status_code == 429
    assert "_auth_user_id" not in client.session
