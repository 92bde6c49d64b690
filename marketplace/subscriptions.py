"""Who acts on what: the whole marketplace's reactions on one page."""

from __future__ import annotations

from typing import Any, Final

from celery import Task

from customs import events as customs_events
from customs import tasks as customs_tasks
from logistics import events as logistics_events
from logistics import tasks as logistics_tasks
from marketplace.events.bus import Fact
from orders.payments import events as payment_events
from orders.payments import tasks as payment_tasks

SUBSCRIPTIONS: Final[dict[type[Fact], list[Task[Any, Any]]]] = {
    customs_events.DeclarationDrafted: [customs_tasks.check_clearance],
    logistics_events.ShipmentOpened: [logistics_tasks.book_carrier],
    logistics_events.ShipmentResumed: [logistics_tasks.book_carrier],
    payment_events.WebhookReceived: [payment_tasks.understand_message],
    payment_events.RefundRequested: [payment_tasks.send_refund],
}
