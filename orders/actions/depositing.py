"""Orders paid in two steps: the seller's rule, the balance asked, paid, reminded of, or never paid."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Company, User
from marketplace.events.bus import publish
from marketplace.kit.money import CURRENCIES, Money
from marketplace.kit.refusal import Refusal
from orders.actions.progress import AmountDiffers, NotYet, begin, cancel
from orders.deposits import LEAST_DAYS, LEAST_SHARE, MOST_DAYS, MOST_KEPT, MOST_SHARE, reminders_due
from orders.events import BalanceAsked, BalanceReminded
from orders.models import DepositRule, Order, OrderState
from orders.payments import actions as payments
from orders.payments.models import Payment

log = logging.getLogger(__name__)
# How long a bank may still say yes after the balance's time is over.
LATE_MONEY: Final = timedelta(minutes=30)
PAGE_FOR: Final = timedelta(hours=23)


class BadRule(Refusal):
    words = _("{problem} Nothing was changed.")
    status = 422


class NotAsked(Refusal):
    words = _("The maker has not asked for the balance yet. You pay it when the goods are ready.")


class TooLateForBalance(Refusal):
    words = _("The time to pay the balance is over.")


@transaction.atomic
def set_rule(
    *,
    seller: Company,
    country: str,
    share: Decimal,
    least: Money,
    days: int,
    kept: Decimal,
    by: User,
    at: datetime,
) -> DepositRule:
    """Let buyers pay large orders in two steps; orders that were placed keep the terms they were shown."""
    if not LEAST_SHARE <= share <= MOST_SHARE:
        raise BadRule(problem=_now("A deposit is 10 to 90 percent."))
    if not 0 <= kept <= MOST_KEPT:
        raise BadRule(problem=_now("You may keep 0 to 50 percent of a deposit."))
    if not LEAST_DAYS <= days <= MOST_DAYS:
        raise BadRule(problem=_now("A buyer has 3 to 30 days for the balance."))
    if least.amount <= 0 or least.currency not in CURRENCIES:
        raise BadRule(problem=_now("Write from which value of goods on this counts, such as 5000."))
    rule, _made = DepositRule.objects.update_or_create(
        seller=seller,
        country=country,
        defaults={
            "share": share, "least_amount": least.rounded().amount, "currency": least.currency, "days": days,
            "kept": kept, "set_by": by, "set_at": at,
        },
    )  # fmt: skip
    return rule


def drop_rule(*, seller: Company, country: str) -> bool:
    """Ask for the whole price again; orders that were placed keep their terms."""
    return bool(DepositRule.objects.filter(seller=seller, country=country).delete()[0])


def _locked(number: str) -> Order:
    return Order.objects.select_for_update(of=("self",)).select_related("group", "seller").get(number=number)


@transaction.atomic
def ask_balance(*, number: str, at: datetime) -> Order:
    """Say that the goods are ready: the balance is due in the agreed days; asked again, nothing changes."""
    order = _locked(number)
    if order.balance_asked_at is not None:
        return order
    if order.state != OrderState.DEPOSIT:
        raise NotYet(state=order.get_state_display())
    order.balance_asked_at, order.balance_due_at = at, at + timedelta(days=order.balance_days)
    order.save(update_fields=["balance_asked_at", "balance_due_at"])
    publish(BalanceAsked(subject=number, **_told(order)))
    return order


def _told(order: Order) -> dict[str, str]:
    until = order.balance_due_at.isoformat() if order.balance_due_at else ""
    return {"balance": str(order.balance.rounded()), "until": until}


def open_balance(order: Order, *, at: datetime) -> str:
    """Open the bank's page for the balance and give its address; again gives the same page."""
    page = settings.SITE_ADDRESS + reverse("orders:detail", args=[order.number])
    if order.state != OrderState.DEPOSIT:
        return page
    if order.balance_due_at is None:
        raise NotAsked
    if at >= order.balance_due_at:
        raise TooLateForBalance
    payment = payments.open_checkout(
        reference=payments.balance_reference(order.number),
        amount=order.balance,
        email=order.group.email,
        description=_now("Balance of Sampan order {number}").format(number=order.number),
        success_url=page,
        cancel_url=page,
        expires_at=min(order.balance_due_at, at + PAGE_FOR),
        at=at,
    )
    return payment.page or page


def look_up_balance(order: Order) -> None:
    """Ask how the balance stands, when the bank's message has not come yet; silence is no error."""
    try:
        payments.look_up(payments.balance_reference(order.number))
    except Payment.DoesNotExist:
        return
    except Refusal:
        log.info("no answer about the balance of %s yet", order.number)


@transaction.atomic
def mark_balance_paid(*, number: str, captured: Money, at: datetime) -> Order:
    """Record the balance: the order is paid and may be sent; after its end the money goes back. Once."""
    order = _locked(number)
    if captured != order.balance:
        raise AmountDiffers(expected=order.balance, captured=captured)
    if order.state == OrderState.DEPOSIT:
        _promise_from(order, at)
        begin(order, order.group, at)
    elif order.paid_at is None:
        reason = _now("The balance came after the order had ended.")
        payments.refund_payment(payments.balance_reference(number), reason, at=at)
    return order


def _promise_from(order: Order, at: datetime) -> None:
    """Count the promised days from the balance: the goods waited for it, not for us."""
    waited = at.date() - order.placed_at.date()
    order.earliest_on = order.earliest_on and order.earliest_on + waited
    order.latest_on = order.latest_on and order.latest_on + waited
    order.save(update_fields=["earliest_on", "latest_on"])


@transaction.atomic
def remind(*, number: str, at: datetime) -> bool:
    """Tell the buyer that the balance is open, at half of the time and a day before its end; each once."""
    order = _locked(number)
    if order.state != OrderState.DEPOSIT or order.balance_asked_at is None or order.balance_due_at is None:
        return False
    due = reminders_due(order.balance_asked_at, order.balance_due_at, at)
    if due <= order.balance_reminders or at >= order.balance_due_at:
        return False
    order.balance_reminders = due
    order.save(update_fields=["balance_reminders"])
    publish(BalanceReminded(subject=number, **_told(order)))
    return True


def end_unpaid(*, number: str, at: datetime) -> bool:
    """Call an order off whose balance was not paid in time; the seller keeps what was agreed."""
    order = Order.objects.get(number=number)
    if order.state != OrderState.DEPOSIT or order.balance_due_at is None:
        return False
    if at < order.balance_due_at + LATE_MONEY:
        return False
    reference = payments.balance_reference(number)
    if Payment.objects.filter(reference=reference).exists():
        payments.close_checkout(reference, at=at)
    if Payment.objects.filter(reference=reference, state="PAID").exists():
        return False
    cancel(number=number, reason=_now("The balance was not paid in time."), at=at)
    return True
