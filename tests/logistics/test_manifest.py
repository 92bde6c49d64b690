"""The list that a driver signs."""

from __future__ import annotations

import pypdfium2  # type: ignore[import-untyped]  # it ships no types
import pytest
from django.test import Client
from django.utils import timezone

from logistics import actions
from logistics.models import Parcel, Shipment
from tests.logistics.test_shared_boxes import MADRYN, MENDOZA, NOON, shipment
from tests.logistics.test_store_pages import company, desk

pytestmark = pytest.mark.django_db
PAGE = "/sell/orders/manifest.pdf"


def booked(number: str, **more: object) -> Shipment:
    made = shipment(number, **more)  # type: ignore[arg-type]
    actions.attach_booking(shipment_number=made.number, booking=actions.own_numbers(made), at=NOON)
    return made


def text(client: Client) -> str:
    answer = client.get(PAGE)
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    return str(pypdfium2.PdfDocument(answer.content)[0].get_textpage().get_text_bounded())


def test_the_driver_takes_over_what_is_packed_and_numbered_of_this_maker_alone():
    mine, unpacked, theirs = booked("ORD-1", kg="4"), booked("ORD-2", kg="2"), booked("ORD-3", origin=MADRYN)
    held = booked("ORD-4", kg="1")
    Parcel.objects.exclude(shipment=unpacked).update(packed_at=timezone.now())
    Shipment.objects.filter(pk=held.pk).update(held=True)

    page = text(desk(mine.seller, "ana"))

    assert str(mine.parcels.get().tracking_number) in page
    assert "4.000" in page
    for other in (unpacked, theirs, held):
        assert str(other.parcels.get().tracking_number) not in page
    assert MENDOZA.town in page


def test_an_empty_list_says_so():
    assert "Nothing is packed and booked yet." in text(desk(company("COM-9"), "leo"))
