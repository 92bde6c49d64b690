"""Everything that changes carts, quotes and orders."""

from __future__ import annotations

from orders.actions.carts import add, choose, merge, open_cart, remove, set_quantity, undo
from orders.actions.deciding import decide, end_card_dispute
from orders.actions.disputing import list_card_dispute, report_problem, say, take, withdraw
from orders.actions.invoicing import issue_credit_notes, issue_invoice
from orders.actions.parts import confirm_part
from orders.actions.placing import Contact, place, request_quote
from orders.actions.progress import (
    accept,
    cancel,
    complete,
    hold,
    mark_delivered,
    mark_paid,
    mark_refunded,
    mark_shipped,
    pack,
    payment_failed,
    resume,
    review,
)
from orders.actions.stopping import stop

__all__ = [
    "Contact",
    "accept",
    "add",
    "cancel",
    "choose",
    "complete",
    "confirm_part",
    "decide",
    "end_card_dispute",
    "hold",
    "issue_credit_notes",
    "issue_invoice",
    "list_card_dispute",
    "mark_delivered",
    "mark_paid",
    "mark_refunded",
    "mark_shipped",
    "merge",
    "open_cart",
    "pack",
    "payment_failed",
    "place",
    "remove",
    "report_problem",
    "request_quote",
    "resume",
    "review",
    "say",
    "set_quantity",
    "stop",
    "take",
    "undo",
    "withdraw",
]
