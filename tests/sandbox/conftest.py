"""The client and the shop of these tests."""

from __future__ import annotations

from tests.sandbox.test_payments import client, shop

__all__ = ["client", "shop"]
