"""The map of a parcel's way."""

from __future__ import annotations

import itertools

import pytest
from django.template.loader import render_to_string

from logistics import geography
from logistics.geography import Spot
from logistics.maps import outlines, route_map

NAIROBI, FRANKFURT = Spot(-1.32, 36.93), Spot(50.03, 8.57)
PMY, SHANGHAI = Spot(-42.74, -65.03), Spot(30.62, 122.07)
LEGS = [
    "Machakos – Nairobi airport, road",
    "Nairobi airport – Frankfurt airport, air",
    "Frankfurt airport – Berlin, parcel",
]


def test_the_projection_puts_zero_in_the_middle_and_north_up() -> None:
    assert [round(n, 6) for n in geography.projected(Spot(0, 0))] == [2500, 0]
    assert geography.projected(Spot(50, 180))[0] == 5000
    assert geography.projected(Spot(50, 0))[1] < geography.projected(Spot(40, 0))[1] < 0


def test_the_air_way_is_the_shortest_one() -> None:
    way = geography.great_circle(NAIROBI, FRANKFURT)

    legs = sum(geography.angle(a, b) for a, b in itertools.pairwise(way))
    assert legs == pytest.approx(geography.angle(NAIROBI, FRANKFURT), rel=1e-6)
    assert round(legs * 6371) == pytest.approx(6310, abs=30)


def test_a_ship_goes_around_the_land() -> None:
    way = geography.sea_way(PMY, SHANGHAI)
    to_rotterdam = geography.sea_way(Spot(-4.07, 39.66), Spot(51.95, 4.14))

    assert geography.SEA_POINTS["cape"] in way or geography.SEA_POINTS["horn"] in way
    assert geography.SEA_POINTS["suez"] in to_rotterdam
    assert geography.SEA_POINTS["gibraltar"] in to_rotterdam


@pytest.mark.parametrize(
    ("legs", "at_stop", "delivered", "kinds"),
    [
        (LEGS, None, False, ["next", "next"]),
        (LEGS, 0, False, ["now", "next"]),
        (LEGS, -1, False, ["done", "now"]),
        (LEGS, None, True, ["done", "done"]),
    ],
)
@pytest.mark.usefixtures("starter_network")
def test_the_map_tells_where_the_parcel_is(legs, at_stop, delivered, kinds) -> None:
    drawn = route_map(legs, at_stop=at_stop, delivered=delivered)

    assert drawn is not None
    assert [(stop.name, stop.kind) for stop in drawn.stops] == list(
        zip(["Nairobi", "Frankfurt"], kinds, strict=True)
    )
    assert drawn.outlines == (outlines()["KE"], outlines()["DE"])
    assert all(0 <= stop.x <= 300 and 0 <= stop.y <= 450 for stop in drawn.stops)
    nairobi, frankfurt = drawn.stops
    assert frankfurt.y < nairobi.y
    assert frankfurt.x < nairobi.x


@pytest.mark.usefixtures("starter_network")
def test_a_way_over_the_date_line_is_one_line() -> None:
    drawn = route_map(["Lima airport – Tokyo Narita airport, air"], at_stop=0)

    assert drawn is not None
    numbers = [float(n) for n in drawn.lines[0].d[1:].split()]
    steps = [abs(a - b) for a, b in zip(numbers[::2], numbers[2::2], strict=False)]
    assert max(steps) < 60
    assert all(0 <= x <= 300 for x in numbers[::2])


@pytest.mark.usefixtures("starter_network")
@pytest.mark.parametrize(
    "legs", [[], ["Nowhere – Elsewhere, air"], ["Machakos – Nairobi airport, road"], ["?"]]
)
def test_without_two_known_hubs_there_is_no_map(legs) -> None:
    assert route_map(legs, at_stop=0) is None


@pytest.mark.usefixtures("starter_network")
def test_the_picture_speaks_and_carries_no_script() -> None:
    svg = render_to_string("components/route_map.html", {"map": route_map(LEGS, at_stop=-1)})

    assert 'aria-label="Map: Nairobi airport – Frankfurt airport. Now: Frankfurt airport."' in svg
    assert "<script" not in svg
    assert "style=" not in svg
    assert len(svg) < 6000
