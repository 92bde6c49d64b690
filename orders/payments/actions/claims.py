"""Insurance money: a claim is paid from the premiums' account, what the carrier gives back goes into it."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from marketplace.events.bus import publish
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal
from orders.payments import books, ledger
from orders.payments.actions.refunds import IN_FLIGHT, create_row
from orders.payments.events import RefundRequested
from orders.payments.models import OrderShare, Payment, Refund

COVER: str = "insurance:payable"


class PayByBank(Refusal):
    words = _("The card can only take {left} back. Pay this claim by bank and enter the bank's reference.")


@transaction.atomic
def pay_buyer(
    *, order_number: str, claim: str, amount: Money, at: datetime, bank_reference: str = ""
) -> Refund | None:
    """Pay a claim to the buyer: back to the card that paid, or by bank with its reference. Once per claim.

    It comes from the premiums, so the seller keeps what the seller earned.
    """
    if bank_reference.strip():
        entries = [ledger.Entry(COVER, amount), ledger.Entry("bank:main", -amount)]
        books.post("claim", claim, entries, at=at, memo=bank_reference.strip()[:200])
        return None
    share = OrderShare.objects.select_related("payment").get(order_number=order_number)
    payment = Payment.objects.select_for_update().get(pk=share.payment_id)
    if found := Refund.objects.filter(key=claim).first():
        return found
    sent = payment.refunds.aggregate(sum=Sum("amount"))["sum"] or 0
    left = Money(payment.amount - sent, payment.currency)
    if amount.currency != payment.currency or amount > left:
        raise PayByBank(left=left)
    row = create_row(payment, "", claim, amount, {}, None, f"Insurance claim {claim}", at)
    entries = [ledger.Entry(COVER, amount), ledger.Entry(IN_FLIGHT, -amount)]
    books.post("claim", claim, entries, at=at)
    publish(RefundRequested(subject=claim, order=order_number))
    return row


def recovered(*, claim: str, amount: Money, reference: str, at: datetime) -> None:
    """Book what the carrier paid us for a loss, once per claim."""
    entries = [ledger.Entry("bank:main", amount), ledger.Entry(COVER, -amount)]
    books.post("claim_recovery", claim, entries, at=at, memo=reference[:200])
