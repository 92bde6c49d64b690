"""People, companies, roles, addresses."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail

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
