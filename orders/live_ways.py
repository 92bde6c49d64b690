"""Live carriers' prices for the parcels of a cart: read in one statement, asked for by the checkout alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from logistics import live
from logistics.live import Heard, Question
from marketplace.currency import rates
from orders.asked import QuoteRequest, consignment_of


def heard(
    requests: Sequence[QuoteRequest], at: datetime
) -> list[tuple[QuoteRequest, Question | None, Heard]]:
    """Give each request the ways that live carriers sell for it; without such carriers nothing is read."""
    if not live.accounts():
        return [(request, None, Heard()) for request in requests]
    table = rates.current()
    questions = [live.question(consignment_of(request, table), request.on) for request in requests]
    known = live.hear([one for one in questions if one is not None], at)
    found = []
    for request, one in zip(requests, questions, strict=True):
        told = known[one.key] if one is not None else Heard()
        found.append((replace(request, live=told.options), one, told))
    return found


def ask(questions: Iterable[Question | None], at: datetime) -> bool:
    """Put what nobody has asked yet to the carriers; True while an answer is on its way."""
    asked = [live.ask(one, at) for one in questions if one is not None]
    return any(asked)
