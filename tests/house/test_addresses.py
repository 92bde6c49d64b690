"""Every address of the product has a wall: tried as a stranger, another company, own roles and staff."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from marketplace.accounts.models import User
from tests.house import walls
from tests.house.walls import BUYER, DESKS, OWNED, PERSONAL, PUBLIC, ROLES, SIGNED, SIGNPOSTS, World

pytestmark = pytest.mark.django_db
CONSOLE = [one for one in walls.addresses() if one.route.startswith("console/")]
SELL = [one for one in walls.addresses() if one.route.startswith("sell/")]
REST = [one for one in walls.addresses() if one not in CONSOLE + SELL]


@pytest.fixture
def house() -> World:
    return World()


def tried(
    house: World,
    client: Client,
    wanted: list[walls.Door],
    fine: Callable[[walls.Door, str, int, str], bool],
) -> list[str]:
    """Ask for each address with both methods; give what was answered wrongly."""
    wrong = []
    for address in wanted:
        path = house.path(address)
        for method in ("GET", "POST"):
            answer = client.get(path) if method == "GET" else client.post(path, {})
            where = answer.headers.get("Location", "")
            if not fine(address, method, answer.status_code, where):
                wrong.append(f"{method} {path} ({address.name}): {answer.status_code} {where}")
            if answer.streaming:
                answer.getvalue()
    return wrong


def is_login(status: int, where: str) -> bool:
    return status == 302 and where.startswith("/accounts/login/")


def test_every_address_stands_in_the_table() -> None:
    listed = PUBLIC | SIGNED | PERSONAL | BUYER

    assert {one.name for one in REST} - listed == set(), "name the new address in tests/house/walls.py"
    assert [one.name for one in CONSOLE if walls.by_beginning(DESKS, one.route) is None] == []
    assert [one.name for one in SELL if walls.by_beginning(ROLES, one.route) is None] == []


def test_a_stranger_is_asked_to_sign_in_and_changes_nothing(house: World) -> None:
    before = walls.picture_of_everything()
    client = walls.signed_in(None)
    private = [*SELL, *(one for one in CONSOLE if one.name not in SIGNPOSTS)]
    private += [one for one in REST if one.name in PERSONAL and one.name != "people:invitation"]

    wrong = tried(
        house, client, private, lambda _a, _m, status, where: is_login(status, where) or status == 405
    )
    wrong += tried(
        house, client, [one for one in REST if one.name in BUYER],
        lambda _a, _m, status, _w: status in {404, 405},
    )  # fmt: skip

    assert wrong == []
    assert walls.picture_of_everything() == before


def test_another_company_is_told_that_nothing_is_there(house: World) -> None:
    client = walls.signed_in(house.person("rival", house.other, "owner"))
    before = walls.picture_of_everything()
    numbered = [one for one in [*SELL, *REST] if one.has_number and (one in SELL or one.name in OWNED)]
    numbered = [one for one in numbered if one.name != "payments:statement"]

    wrong = tried(house, client, numbered, lambda _a, _m, status, _w: status in {403, 404, 405})
    wrong += tried(
        house, client, CONSOLE, lambda a, _m, status, _w: status in {403, 405} or a.name in SIGNPOSTS
    )

    assert wrong == []
    assert walls.picture_of_everything() == before


@pytest.mark.parametrize("role", ["catalogue", "fulfilment", "finance"])
def test_a_role_opens_its_own_rooms_only(house: World, role: str) -> None:
    client = walls.signed_in(house.person(role, house.seller, role))
    before = walls.picture_of_everything()
    closed = [one for one in SELL if role not in (walls.by_beginning(ROLES, one.route) or set())]
    reading = {"orders:sales", "orders:sale", "orders:paper"}
    if role == "finance":
        closed = [one for one in closed if one.name not in reading]

    wrong = tried(house, client, closed, lambda _a, _m, status, _w: status in {403, 405})

    assert wrong == []
    assert walls.picture_of_everything() == before
    opened = [one for one in SELL if one not in closed]
    assert tried(house, client, opened, lambda _a, _m, status, _w: status != 403 and status < 500) == []


def test_the_owner_finds_every_door_open(house: World) -> None:
    client = walls.signed_in(house.owner)

    wrong = tried(
        house, client, SELL, lambda a, m, status, _w: status not in {403, 500} and not lost(a, m, status)
    )

    assert wrong == []


def lost(address: walls.Door, method: str, status: int) -> bool:
    """Tell whether a page that exists was not found; a part that this world lacks is fine."""
    return (
        method == "GET"
        and status == 404
        and address.name in {"orders:sale", "catalog:edit", "catalog:import"}
    )


@pytest.mark.parametrize("desk", ["customs", "finance", "trust", ""])
def test_a_desk_opens_its_own_rooms_only(house: World, desk: str) -> None:
    client = walls.signed_in(house.person(f"staff-{desk}", None, is_staff=True, desk=desk))
    own = [one for one in CONSOLE if desk in (walls.by_beginning(DESKS, one.route) or set())]
    closed = [one for one in CONSOLE if one not in own and one.name not in SIGNPOSTS]
    before = walls.picture_of_everything()

    wrong = tried(house, client, closed, lambda _a, _m, status, _w: status in {403, 405})

    assert wrong == []
    assert walls.picture_of_everything() == before
    assert tried(house, client, own, lambda _a, _m, status, _w: status != 403 and status < 500) == []


def test_staff_without_a_second_factor_is_led_to_it(house: World, settings: object) -> None:
    settings.STAFF_SECOND_FACTOR = True  # type: ignore[attr-defined]
    client = walls.signed_in(house.person("new", None, is_staff=True, desk=User.Desk.CUSTOMS))

    answers = [client.get(path) for path in ("/console/holds/", "/console/rows/")]

    assert [(one.status_code, one.headers["Location"]) for one in answers] == [(302, "/accounts/2fa/")] * 2


def test_raw_rows_ask_strangers_to_sign_in_and_refuse_buyers(house: World) -> None:
    stranger = walls.signed_in(None).get("/console/rows/", follow=True)
    rival = walls.signed_in(house.person("rival", house.other, "owner")).get("/console/rows/")

    assert stranger.redirect_chain[-1][0].startswith("/accounts/login/")
    assert rival.status_code == 403


def test_messages_of_the_outside_world_need_a_signature(house: World) -> None:
    before = walls.picture_of_everything()

    wrong = tried(
        house, walls.signed_in(None), [one for one in REST if one.name in SIGNED],
        lambda _a, _m, status, _w: status in {400, 405},
    )  # fmt: skip

    assert wrong == []
    assert walls.picture_of_everything() == before


def test_public_addresses_never_break(house: World) -> None:
    public = [one for one in REST if one.name in PUBLIC and one.name not in {"healthz", "schema"}]

    wrong = tried(house, walls.signed_in(None), public, lambda _a, _m, status, _w: status < 500)

    assert wrong == []
