"""What orders do when news arrives, and what beat asks of them."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from celery import shared_task
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Variant
from customs.models import TariffVersion, VersionState
from marketplace.events.bus import subscriber
from marketplace.events.models import Event
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal
from orders import actions, delivered, deposit_receipts, notices, tariff_effect
from orders.actions import answering, depositing
from orders.actions.guarantee import NotAtCustoms, NothingPromised, record_duty
from orders.actions.progress import cancel_unpaid
from orders.models import Dispute, Order, OrderGroup, OrderState
from orders.payments import actions as payments
from orders.payments.gateways.base import ProviderRefused, ProviderSilent
from orders.payments.models import Payment, PaymentState

log = logging.getLogger(__name__)
# Goods count as received when the buyer says nothing for so long after delivery.
RECEIVED_AFTER: Final = timedelta(days=14)
# How long a bank may still say yes after the goods' time is over, before we call the purchase off.
LATE_MONEY: Final = timedelta(minutes=30)


@subscriber
def record_payment(event: Event) -> None:
    """Mark the purchase, or the balance of an order, as paid."""
    captured = Money(Decimal(event.payload["amount"]), event.payload["currency"])
    if OrderGroup.objects.filter(number=event.subject).exists():
        actions.mark_paid(group_number=event.subject, captured=captured, at=timezone.now())
        return
    number = event.subject.removesuffix("-B")
    if number != event.subject and Order.objects.filter(number=number).exists():
        depositing.mark_balance_paid(number=number, captured=captured, at=timezone.now())


@subscriber
def write_invoice(event: Event) -> None:
    """Give the paid order its invoice."""
    actions.issue_invoice(order_number=event.subject, at=timezone.now())


@subscriber
def write_deposit_receipt(event: Event) -> None:
    """Give the buyer of a paid deposit its receipt."""
    deposit_receipts.write_receipt(order_number=event.subject)


@subscriber
def write_credit_notes(event: Event) -> None:
    """Give every refund of an order its credit note: those we decide, and cases lost at a bank."""
    number = event.payload.get("order") or event.subject
    found = Order.objects.filter(Q(number=number) | Q(group__number=number)).order_by("pk")
    for order_number in found.values_list("number", flat=True):
        actions.issue_credit_notes(order_number=order_number, at=timezone.now())


@subscriber
def end_held(event: Event) -> None:
    """Give the money back of an order that was never shipped in 60 days."""
    reason = _("Not shipped within 60 days of the payment")
    actions.stop(number=event.subject, reason=reason, at=timezone.now())


@subscriber
def hold_order(event: Event) -> None:
    """Show that one order waits for customs papers."""
    if Order.objects.filter(number=event.subject).exists():
        actions.hold(number=event.subject)


@subscriber
def resume_order(event: Event) -> None:
    """Let the order go on after a hold."""
    if Order.objects.filter(number=event.subject).exists():
        actions.resume(number=event.subject)


@subscriber
def refund_rejected(event: Event) -> None:
    """Give all money back for goods that may not cross."""
    if Order.objects.filter(number=event.subject).exists():
        actions.stop(number=event.subject, reason=str(_("Customs did not allow it.")), at=timezone.now())


@subscriber
def record_pickup(event: Event) -> None:
    """Move the order on when the carrier has the parcel."""
    if Order.objects.filter(number=event.subject).exists():
        actions.mark_shipped(number=event.subject, at=timezone.now())


@subscriber
def record_delivery(event: Event) -> None:
    """Move the order on when the parcel is at the door."""
    if Order.objects.filter(number=event.subject).exists():
        actions.mark_delivered(number=event.subject, at=timezone.now())


@subscriber
def note_part(event: Event) -> None:
    """One parcel of several is at the door: its share is released after the days of the whole order."""
    release_at = timezone.now() + timedelta(days=settings.RELEASE_AFTER_DAYS)
    payments.part_arrived(event.subject, event.payload["parcel"], release_at=release_at)


@shared_task
def mind_balances() -> None:
    """Remind of balances that are open, and end orders whose balance was not paid in time."""
    now = timezone.now()
    due = Order.objects.filter(state=OrderState.DEPOSIT).exclude(balance_due_at=None)
    for number in due.order_by("pk").values_list("number", flat=True)[:500]:
        try:
            if not depositing.end_unpaid(number=number, at=now):
                depositing.remind(number=number, at=now)
        except Refusal as refusal:
            log.warning("The balance of %s waits: %s", number, refusal)


@subscriber
def list_card_dispute(event: Event) -> None:
    """Put the bank's case into the queue of disputes."""
    actions.list_card_dispute(provider_dispute=event.payload["dispute"])


@subscriber
def end_card_dispute(event: Event) -> None:
    """Close the bank's case."""
    actions.end_card_dispute(
        provider_dispute=event.payload["dispute"], won=bool(event.payload["won"]), at=timezone.now()
    )


@subscriber(calls_out=True)
def answer_bank(event: Event) -> None:
    """Do at the payment service what was decided of a bank's case; the bank hears each answer once."""
    case = Dispute.objects.filter(number=event.payload["dispute"], kind=Dispute.Kind.CARD).first()
    if case is None or case.provider_dispute is None:
        return
    if event.payload["verdict"] == Dispute.Verdict.ACCEPT:
        payments.accept_dispute(case.provider_dispute)
    else:
        answering.give_evidence(case.number, at=timezone.now())


@shared_task
def mind_bank_deadlines() -> None:
    """Hand over what we have for bank cases that nobody decided and whose time runs out within a day."""
    now = timezone.now()
    for number in answering.due_at_the_bank(now):
        try:
            answering.give_evidence(number, at=now)
        except Refusal as refusal:
            log.warning("Dispute %s waits: %s", number, refusal)


@subscriber
def tell_parties(event: Event) -> None:
    """Write to buyer and seller in plain words."""
    notices.tell(event)


@subscriber
def reprice_product(event: Event) -> None:
    """Work out the delivered prices of a product that came into the shop or changed."""
    wanted = Variant.objects.for_sale().filter(Q(product__number=event.subject) | Q(sku=event.subject))
    delivered.recompute(list(wanted.values_list("pk", flat=True)), at=timezone.now())


@subscriber
def reprice_all(event: Event) -> None:  # noqa: ARG001
    """Work out all delivered prices after new exchange rates."""
    recompute_delivered_prices.delay()


@shared_task
def recompute_delivered_prices(variant_ids: list[int] | None = None) -> int:
    """Fill the cards' delivered prices for these variants, or for all, in tasks of a few hundred."""
    if variant_ids is None:
        numbers = list(Variant.objects.for_sale().order_by("pk").values_list("pk", flat=True))
        for start in range(0, len(numbers), 500):
            recompute_delivered_prices.delay(numbers[start : start + 500])
        return len(numbers)
    return delivered.recompute(variant_ids, at=timezone.now())


@shared_task
def cancel_unpaid_purchases() -> int:
    """Call off purchases that nobody paid; their page is closed first, so that it takes no money later."""
    now = timezone.now()
    due = OrderGroup.objects.filter(state="PLACED", pay_until__lt=now - LATE_MONEY)
    return sum(
        cancel_unpaid(group_number=number, at=now)
        for number in due.order_by("pk").values_list("number", flat=True)[:500]
        if _closed(number, now)
    )


def _closed(group_number: str, now: datetime) -> bool:
    """Close the bank's page of a purchase; not when it was paid at the last moment, or nobody answers."""
    if not Payment.objects.awaiting().filter(reference=group_number).exists():
        return True
    try:
        return payments.close_checkout(group_number, at=now).state != PaymentState.PAID
    except ProviderRefused:
        return True
    except ProviderSilent:
        log.warning("The page of %s could not be closed; it is tried again.", group_number)
        return False


@shared_task
def complete_received() -> int:
    """Close orders that were delivered long enough ago."""
    now = timezone.now()
    days = getattr(settings, "RECEIVED_AFTER_DAYS", RECEIVED_AFTER.days)
    due = Order.objects.filter(state=OrderState.DELIVERED, delivered_at__lt=now - timedelta(days=days))
    due = due.exclude(pk__in=Dispute.objects.open().values("orders"))
    numbers = list(due.order_by("pk").values_list("number", flat=True)[:500])
    for number in numbers:
        actions.complete(number=number, at=now)
    return len(numbers)


@subscriber
def weigh_tariff(event: Event) -> None:
    """Work out what a proposed tariff does to listings and open quotes, and keep it with the version."""
    version = TariffVersion.objects.filter(pk=int(event.subject), state=VersionState.PROPOSED).first()
    if version is not None:
        version.summary = {**version.summary, "effect": tariff_effect.weigh(version, at=timezone.now())}
        version.save(update_fields=["summary"])


@subscriber
def record_assessed_duty(event: Event) -> None:
    """Keep the duty that the authority took for an order of ours, beside what was quoted."""
    told = event.payload
    if Order.objects.filter(number=event.subject).exists():
        try:
            record_duty(
                order_number=event.subject,
                actual=Money(Decimal(told["amount"]), told["currency"]),
                key=f"authority-{told['key']}"[:80],
                reference=told["reference"],
                at=timezone.now(),
            )
        except (NotAtCustoms, NothingPromised) as refusal:
            log.info("A bill of customs changes nothing here: %s", refusal)
