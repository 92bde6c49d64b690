"""Watch what waits too long: tell the finance desk at 45 days, end an unshipped order at 60."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.accounts.models import User
from marketplace.events.bus import publish
from marketplace.events.models import Event
from marketplace.notifications.actions import notify
from orders.payments import jobs
from orders.payments.events import HeldTooLong
from orders.payments.held import Held, held
from orders.payments.models import Earning


def watch_held_money(at: datetime) -> list[Held]:
    """Alarm once for each order at 45 days; at 60 ask for the end of those that were never shipped, once."""
    late = held(at, days=settings.HELD_ALARM_DAYS)
    for row in late:
        _tell(row)
        if row.level == "end" and not row.shipped:
            _end(row)
    return late


def watch_payout_job(at: datetime) -> bool:
    """Raise an alarm, once a day, when nobody starts the payout job though sellers wait for it."""
    if not jobs.payout_job(at).late or not Earning.objects.payable().exists():
        return False
    title = _("Sellers are not paid: nobody starts the payout job")
    body = _("Start the clock (beat). What waits is paid as soon as it runs.")
    for user in User.objects.filter(is_active=True, is_staff=True, desk=User.Desk.FINANCE):
        notify(
            user=user, kind="money", title=title, body=body, url="/console/waiting/",
            key=f"payout-job-{at:%Y%m%d}-{user.pk}",
        )  # fmt: skip
    return True


@transaction.atomic
def _tell(row: Held) -> None:
    title = _("Money of order %(number)s has waited %(days)s days") % {
        "number": row.order_number,
        "days": row.days,
    }
    body = _("%(money)s, %(why)s. Decide: pay the seller or pay the buyer back.") % {
        "money": row.money.rounded(),
        "why": row.why,
    }
    for user in User.objects.filter(is_active=True, is_staff=True, desk=User.Desk.FINANCE):
        notify(
            user=user, kind="money", title=title, body=body, url="/console/waiting/",
            key=f"held-{row.level}-{row.order_number}-{user.pk}",
        )  # fmt: skip


@transaction.atomic
def _end(row: Held) -> None:
    if not Event.objects.filter(name="HeldTooLong", subject=row.order_number).exists():
        publish(HeldTooLong(subject=row.order_number, days=row.days))
