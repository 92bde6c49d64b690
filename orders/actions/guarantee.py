"""After delivery: record what customs really took, and let the guarantee pool carry the difference."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customs.actions.outcomes import record_outcome
from customs.models import DutyOutcome
from marketplace.accounts.models import User
from marketplace.currency import rates
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal
from orders.models import Order, OrderState
from orders.payments.actions.guarantee import record_guarantee

# Customs has seen the goods of orders in these states.
AT_CUSTOMS = frozenset(
    {OrderState.SHIPPED, OrderState.HELD, OrderState.DELIVERED, OrderState.COMPLETED, OrderState.REFUNDED}
)


# The authority may clear goods and tell its bill before they are on the way.
DECLARED = AT_CUSTOMS | {OrderState.PAID, OrderState.PACKED}


class UnknownOrder(Refusal):
    """There is no such order."""

    words = _("We have no order {number}. Check the number.")


class NotAtCustoms(Refusal):
    """Customs has not seen the goods yet."""

    words = _("Order {number} was not sent yet. Record the duty when customs has taken it.")


class NothingPromised(Refusal):
    """The buyer pays duty at the door, so nothing was promised."""

    words = _("Duty of order {number} was not in the price: the buyer pays it at the door.")


class NegativeDuty(Refusal):
    """Duty is zero or more."""

    words = _("Write an amount of zero or more.")


@transaction.atomic
def record_duty(
    *,
    order_number: str,
    actual: Money,
    key: str,
    at: datetime,
    by: User | None = None,
    reference: str = "",
) -> DutyOutcome:
    """Keep the duty and tax that customs took for an order, once for each key; the pool carries the rest."""
    order = Order.objects.select_related("group", "seller").filter(number=order_number).first()
    if order is None:
        raise UnknownOrder(number=order_number)
    if order.state not in (DECLARED if by is None else AT_CUSTOMS):
        raise NotAtCustoms(number=order_number)
    if order.group.terms != "DDP":
        raise NothingPromised(number=order_number)
    if actual.amount < 0:
        raise NegativeDuty
    quoted = Money(order.duty_amount + order.tax_amount, order.currency)
    if actual.currency != order.currency:
        actual = rates.current().convert(actual, order.currency).rounded()
    told_by = DutyOutcome.Origin.OPERATOR if by is not None else DutyOutcome.Origin.AUTHORITY
    outcome, fresh = record_outcome(
        order_number=order.number, key=key, lane=(order.seller.country, order.group.country), quoted=quoted,
        actual=actual, told_by=told_by, reference=reference, by=by, at=at,
    )  # fmt: skip
    if fresh:
        earlier = DutyOutcome.objects.filter(order_number=order.number).exclude(pk=outcome.pk)
        before = earlier.order_by("-pk").first()
        # A later assessment corrects the one before it: only what is new is booked.
        base = quoted if before is None else Money(before.actual_amount, before.currency)
        record_guarantee(
            order_number=order.number, country=order.group.country, quoted=base, actual=actual, key=key, at=at
        )
    return outcome
