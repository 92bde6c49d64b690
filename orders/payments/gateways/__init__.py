"""The providers behind one port."""

from __future__ import annotations

from orders.payments.gateways.base import Gateway


def current() -> Gateway:
    """Return the provider in use; which company it is follows from the address in the settings."""
    from orders.payments.gateways.stripe import StripeGateway  # its package takes 29 MB

    return StripeGateway()
