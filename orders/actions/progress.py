"""What happens to an order after it was placed; every step may be reported twice."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from logistics import actions as logistics
from logistics.insurance import actions as insurance
from logistics.warehousing import actions as warehousing
from marketplace.events.bus import publish
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal
from orders import handover
from orders.events import (
    DepositPaid,
    OrderCancelled,
    OrderCompleted,
    OrderDelivered,
    OrderPacked,
    OrderPaid,
    OrderRefunded,
    OrderShipped,
    ReviewWritten,
)
from orders.models import Order, OrderGroup, OrderLine, OrderState, Review
from orders.payments import actions as payments

BEFORE_SHIPPING: Final = (OrderState.PAID, OrderState.HELD, OrderState.PACKED)


class AmountDiffers(Refusal):
    words = _("The payment of {captured} differs from the total of {expected}.")


class TooLateToCancel(Refusal):
    words = _("The parcel is on its way, so it cannot be cancelled. You can send it back after delivery.")


class NotYet(Refusal):
    words = _("This is not possible now: the order is “{state}”.")


class TooLateToReport(Refusal):
    words = _("Problems can be reported for 30 days after delivery. Write to us, we look at it.")


class AlreadyReviewed(Refusal):
    words = _("You wrote about this already. Thank you.")


def _locked(number: str) -> Order:
    return Order.objects.select_for_update(of=("self",)).select_related("group", "seller").get(number=number)


@transaction.atomic
def mark_paid(*, group_number: str, captured: Money, at: datetime) -> OrderGroup:
    """Record the buyer's payment: take the stock, open shipment, cover and declaration; once.

    Money that comes too late is used when the goods are still there, else it goes back at once.
    """
    group = OrderGroup.objects.select_for_update().get(number=group_number)
    if group.paid_at is not None:
        return group
    if captured != group.due_now:
        raise AmountDiffers(expected=group.due_now, captured=captured)
    orders = list(group.orders.select_for_update(of=("self",)).select_related("seller").order_by("pk"))
    group.paid_at = at
    payments.allocate(
        group.number, {order.number: handover.share(order) for order in orders},
        deposits={order.number: order.deposit for order in orders if order.deposit_amount}, at=at,
    )  # fmt: skip
    if group.state == "CANCELLED" or not _taken(orders):
        _send_back(group, orders, at)
        return group
    group.move_to("PAID")
    group.save(update_fields=["state", "paid_at"])
    for order in orders:
        if order.deposit_amount:
            _wait_for_balance(order, at)
        else:
            begin(order, group, at)
    return group


def _wait_for_balance(order: Order, at: datetime) -> None:
    """Keep the goods for a deposit; nothing is sent before the balance is paid."""
    order.move_to(OrderState.DEPOSIT)
    order.deposit_paid_at = at
    order.save(update_fields=["state", "deposit_paid_at"])
    publish(
        DepositPaid(
            subject=order.number, deposit=str(order.deposit.rounded()), balance=str(order.balance.rounded())
        )
    )


def begin(order: Order, group: OrderGroup, at: datetime) -> None:
    """Hand a wholly paid order to the rooms below: shipment, cover, declaration."""
    order.move_to(OrderState.PAID)
    order.paid_at = at
    shipment = handover.open_shipment(order, group)
    order.shipment_number = shipment.number
    order.save(update_fields=["state", "paid_at", "shipment_number"])
    handover.bind_insurance(order, group, at)
    handover.draft_declaration(order, group)
    publish(
        OrderPaid(
            subject=order.number, group=group.number, seller=order.seller.number,
            total=str(order.total_amount), currency=order.currency,
        )
    )  # fmt: skip


def _taken(orders: list[Order]) -> bool:
    """Give the reserved goods to the orders, all or none; what ran out is taken anew where it is left."""
    try:
        with transaction.atomic():
            for order in orders:
                warehousing.commit(order.number)
    except warehousing.StockShort:
        return False
    return True


def _send_back(group: OrderGroup, orders: list[Order], at: datetime) -> None:
    reason = str(_("The goods were sold before the payment arrived. Your money goes back."))
    for order in orders:
        if order.state == OrderState.PLACED:
            order.move_to(OrderState.CANCELLED)
            order.cancelled_at, order.cancel_reason = at, reason
            order.save(update_fields=["state", "cancelled_at", "cancel_reason"])
            publish(OrderCancelled(subject=order.number, reason=reason))
        payments.refund(order.number, None, reason, f"late-{order.number}", at=at)
    if group.state == "PLACED":
        group.move_to("CANCELLED")
    group.move_to("REFUNDED")
    group.save(update_fields=["state", "paid_at"])


@transaction.atomic
def payment_failed(*, group_number: str) -> OrderGroup:
    """Keep the order open after a declined card: the buyer may try again while the goods are kept."""
    return OrderGroup.objects.get(number=group_number)


@transaction.atomic
def cancel_unpaid(*, group_number: str, at: datetime) -> bool:
    """Call off a purchase whose time to pay is over; the goods are free again."""
    group = OrderGroup.objects.select_for_update().get(number=group_number)
    if group.state != "PLACED" or at < group.pay_until:
        return False
    reason = str(_("It was not paid in time."))
    for order in group.orders.select_for_update(of=("self",)).order_by("pk"):
        warehousing.release(order.number)
        order.move_to(OrderState.CANCELLED)
        order.cancelled_at, order.cancel_reason = at, reason
        order.save(update_fields=["state", "cancelled_at", "cancel_reason"])
        publish(OrderCancelled(subject=order.number, reason=reason))
    group.move_to("CANCELLED")
    group.save(update_fields=["state"])
    return True


@transaction.atomic
def cancel(*, number: str, reason: str, at: datetime, whole: bool = False) -> Order:
    """Call an order off before it ships; what was paid goes back.

    Of a deposit the seller keeps what was agreed before it was paid; `whole`: the buyer is not the cause.
    """
    order = _locked(number)
    if order.state in {OrderState.CANCELLED, OrderState.REFUNDED}:
        return order
    if order.state not in {OrderState.PLACED, OrderState.DEPOSIT, *BEFORE_SHIPPING}:
        raise TooLateToCancel
    was = order.state
    order.move_to(OrderState.CANCELLED)
    order.cancelled_at, order.cancel_reason = at, reason[:200]
    order.save(update_fields=["state", "cancelled_at", "cancel_reason"])
    warehousing.release(order.number)
    if was in BEFORE_SHIPPING:
        logistics.cancel(order_number=order.number)
        insurance.cancel(order.number)
    if was == OrderState.DEPOSIT and not whole:
        payments.keep_deposit(order.number, order.deposit_kept, at=at)
    if was in BEFORE_SHIPPING or (
        was == OrderState.DEPOSIT and payments.deposit_left(order.number, order.currency).amount
    ):
        payments.refund(order.number, None, reason[:200], f"cancel-{order.number}", at=at)
    publish(OrderCancelled(subject=order.number, reason=reason[:200]))
    return order


@transaction.atomic
def accept(*, number: str, at: datetime) -> Order:
    """Tell the buyer that the seller has seen the order."""
    order = _locked(number)
    if order.accepted_at is None:
        if order.state not in BEFORE_SHIPPING:
            raise NotYet(state=order.get_state_display())
        order.accepted_at = at
        order.save(update_fields=["accepted_at"])
    return order


@transaction.atomic
def pack(*, number: str, at: datetime) -> Order:
    """Record that the parcel is packed and ready for the carrier."""
    order = _locked(number)
    if order.packed_at is None:
        if order.state != OrderState.PAID:
            raise NotYet(state=order.get_state_display())
        order.move_to(OrderState.PACKED)
        order.packed_at, order.accepted_at = at, order.accepted_at or at
        order.save(update_fields=["state", "packed_at", "accepted_at"])
        publish(OrderPacked(subject=order.number))
    return order


@transaction.atomic
def hold(*, number: str) -> Order:
    """Show that customs papers are missing; only this order waits."""
    order = _locked(number)
    if order.state in {OrderState.PAID, OrderState.PACKED, OrderState.SHIPPED}:
        order.held_from = order.state
        order.move_to(OrderState.HELD)
        order.save(update_fields=["state", "held_from"])
        payments.freeze(order.number)
    return order


@transaction.atomic
def resume(*, number: str) -> Order:
    """Go on after a hold, where the order stood before."""
    order = _locked(number)
    if order.state == OrderState.HELD:
        order.move_to(order.held_from or OrderState.PAID)
        order.held_from = ""
        order.save(update_fields=["state", "held_from"])
        payments.unfreeze(order.number)
    return order


@transaction.atomic
def mark_shipped(*, number: str, at: datetime) -> Order:
    """Record the carrier's pick-up: stock leaves, the seller has earned."""
    order = _locked(number)
    if order.shipped_at is None and order.state in BEFORE_SHIPPING:
        order.move_to(OrderState.SHIPPED)
        order.shipped_at = at
        order.save(update_fields=["state", "shipped_at"])
        payments.earn(order.number, at, parts=handover.parcels(order))
        publish(OrderShipped(subject=order.number))
    return order


@transaction.atomic
def mark_delivered(*, number: str, at: datetime) -> Order:
    """Record that the parcel is at the door."""
    order = _locked(number)
    if order.delivered_at is None and order.state in {*BEFORE_SHIPPING, OrderState.SHIPPED}:
        if order.state != OrderState.SHIPPED:
            mark_shipped(number=number, at=at)
            order.refresh_from_db()
        order.move_to(OrderState.DELIVERED)
        order.delivered_at = at
        order.save(update_fields=["state", "delivered_at"])
        publish(OrderDelivered(subject=order.number))
    return order


@transaction.atomic
def complete(*, number: str, at: datetime) -> Order:
    """Confirm receipt, by the buyer or by time; the seller's money becomes available."""
    order = _locked(number)
    if order.completed_at is None:
        if order.state != OrderState.DELIVERED:
            raise NotYet(state=order.get_state_display())
        order.move_to(OrderState.COMPLETED)
        order.completed_at = at
        order.save(update_fields=["state", "completed_at"])
        payments.make_available(order.number, at)
        publish(OrderCompleted(subject=order.number))
    return order


@transaction.atomic
def mark_refunded(*, number: str) -> Order:
    """Record that all money of this order went back."""
    order = _locked(number)
    if order.state not in {OrderState.CANCELLED, OrderState.REFUNDED, OrderState.PLACED}:
        order.move_to(OrderState.REFUNDED)
        order.save(update_fields=["state"])
        publish(OrderRefunded(subject=order.number))
    return order


@transaction.atomic
def review(
    *, line_id: int, order_number: str, stars: int, text: str, author: str, at: datetime, language: str = "en"
) -> Review:
    """Write what the buyer thinks, once per line, in the language it was written in."""
    line = OrderLine.objects.select_related("order__group").get(pk=line_id, order__number=order_number)
    if line.order.state not in {OrderState.DELIVERED, OrderState.COMPLETED}:
        raise NotYet(state=line.order.get_state_display())
    if Review.objects.filter(line=line).exists():
        raise AlreadyReviewed
    written = Review.objects.create(
        line=line, author=author[:120], country=line.order.group.country, stars=stars, text=text[:2000],
        written_at=at, language=language[:10],
    )  # fmt: skip
    publish(ReviewWritten(subject=order_number, stars=stars))
    return written
