"""Opening the bank's page for a purchase, and asking how a payment stands."""

from __future__ import annotations

import logging

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.kit.refusal import Refusal
from orders.models import OrderGroup
from orders.payments import actions as payments
from orders.payments.models import Payment

log = logging.getLogger(__name__)


def open_payment(group: OrderGroup) -> str:
    """Open the payment of a purchase and give the address of the bank's page; again gives the same."""
    done = settings.SITE_ADDRESS + reverse("orders:done", args=[group.number])
    payment = payments.open_checkout(
        reference=group.number,
        amount=group.due_now,
        email=group.email,
        description=_("Sampan order {number}").format(number=group.number),
        success_url=done,
        cancel_url=done,
        expires_at=group.pay_until,
    )
    return payment.page or done


def look_up(group: OrderGroup) -> None:
    """Ask the provider how the payment stands, when its message has not come yet; silence is no error."""
    try:
        payments.look_up(group.number)
    except Payment.DoesNotExist:
        return
    except Refusal:
        log.info("no answer about the payment of %s yet", group.number)
