"""The product's web program with the points of the harness, warm before it forks.

A fresh process reads templates and tariff rows at its first pages. The master does that once, so that a
run with sixty killed processes does not wait for it sixty times.
"""

from __future__ import annotations

from django.db import DatabaseError, connections
from django.test import Client

from marketplace.wsgi import application
from tests.faults import points

__all__ = ["application"]


def warm() -> None:
    """Look at the pages that a buyer passes, up to the order button."""
    buyer = Client(SERVER_NAME="127.0.0.1")
    try:
        buyer.get("/cart/", {"ship_to": "DE-10115", "currency": "EUR"})
        buyer.get("/products/coffee/")
        buyer.post("/cart/lines/", {"sku": "COFFEE", "quantity": "1"})
        buyer.get("/checkout/")
    except DatabaseError:
        return  # it is just being killed; the pages are read later
    finally:
        connections.close_all()


points.put_in_place()
warm()
