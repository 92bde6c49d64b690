"""The product's web program with the points of the harness."""

from __future__ import annotations

from marketplace.wsgi import application
from tests.faults import points

__all__ = ["application"]
points.put_in_place()
