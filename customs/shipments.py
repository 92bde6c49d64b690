"""Tell the shipment to wait or to go on, where there is one."""

from __future__ import annotations

import importlib


def hold(order_number: str) -> None:
    """Stop the shipment of an order."""
    _tell("hold", order_number)


def resume(order_number: str) -> None:
    """Let the shipment of an order go on."""
    _tell("resume", order_number)


def cancel(order_number: str) -> None:
    """Call the shipment of an order off."""
    _tell("cancel", order_number)


def _tell(act: str, order_number: str) -> None:
    try:
        actions = importlib.import_module("logistics.actions")
        models = importlib.import_module("logistics.models")
    except ImportError:
        return
    if models.Shipment.objects.filter(order_number=order_number).exists():
        getattr(actions, act)(order_number=order_number)
