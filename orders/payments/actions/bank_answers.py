"""What the bank says, or does not say, about payouts that were handed to it; silence never pays twice."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.accounts.models import User
from marketplace.notifications.actions import notify
from orders.payments.actions.payouts import close_paid
from orders.payments.camt import BankLine
from orders.payments.models import PAYOUT, Payout, PayoutState, Rail

WITH_THE_BANK = (PayoutState.SENT, PayoutState.UNRESOLVED)


def find_silence(at: datetime) -> list[Payout]:
    """Mark payouts that the bank has not answered for days as unresolved, and tell the finance desk, once.

    Their earnings stay in the payout: nothing is paid again before somebody said what happened.
    """
    before = at - timedelta(days=settings.PAYOUT_SILENCE_DAYS)
    waiting = Payout.objects.filter(rail=Rail.BANK, state=PayoutState.SENT, sent_at__lt=before)
    return [_unresolved(number, at) for number in waiting.order_by("pk").values_list("number", flat=True)]


@transaction.atomic
def _unresolved(number: str, at: datetime) -> Payout:
    payout = Payout.objects.select_for_update(of=("self",)).get(number=number)
    if payout.state != PayoutState.SENT:
        return payout
    PAYOUT.check(payout.state, PayoutState.UNRESOLVED)
    payout.state, payout.unresolved_at = PayoutState.UNRESOLVED, at
    payout.save(update_fields=["state", "unresolved_at"])
    days = (at - payout.sent_at).days if payout.sent_at else 0
    title = _("The bank has not answered about payout %(number)s for %(days)s days") % {
        "number": number,
        "days": days,
    }
    body = _(
        "%(money)s. Look at the bank's statement, then confirm it or take it back. It is not paid again."
    )
    for user in User.objects.filter(is_active=True, is_staff=True, desk=User.Desk.FINANCE):
        notify(
            user=user, kind="money", title=title, body=body % {"money": payout.money.rounded()},
            url="/console/money/?state=UNRESOLVED", key=f"unresolved-{number}-{user.pk}",
        )  # fmt: skip
    return payout


def settle_from_statement(lines: Sequence[BankLine], *, at: datetime) -> list[Payout]:
    """Close payouts that the bank's statement shows as paid: our number, the same amount; each once."""
    settled = []
    for line in lines:
        found = Payout.objects.filter(number=line.end_to_end, rail=Rail.BANK, state__in=WITH_THE_BANK).first()
        reference = line.reference or line.end_to_end
        if found is None or line.money != -found.money.rounded():
            continue
        if Payout.objects.filter(bank_reference=reference).exclude(pk=found.pk).exists():
            continue
        settled.append(_settle(found.number, reference, at))
    return settled


@transaction.atomic
def _settle(number: str, reference: str, at: datetime) -> Payout:
    payout = Payout.objects.select_for_update(of=("self",)).get(number=number)
    if payout.state in WITH_THE_BANK:
        close_paid(payout, reference[:60], by=None, at=at)
    return payout
