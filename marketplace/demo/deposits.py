"""Large orders in two steps: a maker lets buyers pay so; one balance is asked, another was paid yesterday."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from catalog.models import Product
from logistics import actions as logistics
from logistics.models import Shipment
from marketplace.accounts.models import User
from marketplace.demo import clock, history
from marketplace.events.bus import told_to_nobody
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal
from orders import deposit_receipts
from orders.actions import depositing, invoicing
from orders.models import Order, OrderGroup
from orders.payments import actions as payments

GOODS: Final = "PRD-024"  # cotton scarves of the maker in Machakos, for two shops
PIECES: Final = 50
# Who buys, and how many hours ago: ordered, asked for the balance, paid it (never, for the first).
DEALS: Final = (
    ("lucia@demo.sampan.example", 150, 40, None),
    ("paul@demo.sampan.example", 330, 170, 22),
)


def play(*, at: datetime, say: Callable[[str], None]) -> None:
    """Play what is missing; a second run adds nothing."""
    goods = Product.objects.filter(number=GOODS).select_related("seller", "lead").first()
    if goods is None or goods.lead is None:
        return
    maker = User.objects.filter(company=goods.seller).order_by("pk")[0]
    with told_to_nobody():
        depositing.set_rule(
            seller=goods.seller, country="", share=Decimal("0.30"), least=Money(Decimal(50_000), "KES"),
            days=14, kept=Decimal("0.10"), by=maker, at=at - timedelta(days=60),
        )  # fmt: skip
        for number, (email, ordered, asked, paid) in enumerate(DEALS):
            key = f"demo-deposit-{number}"
            if OrderGroup.objects.filter(key=key).exists():
                continue
            buyer = User.objects.select_related("company").get(email=email)
            hours = [at - timedelta(hours=ago) for ago in (ordered, asked, paid) if ago is not None]
            try:
                _two_steps(history.Plan(key, buyer, ((goods.lead.sku, PIECES),), hours[0]), *hours[1:])
            except Refusal as why:
                say(f"A deposit was refused: {why}")
    say("A maker lets buyers pay large orders in two steps; one balance is open, one is paid.")


def _two_steps(plan: history.Plan, asked: datetime, paid: datetime | None = None) -> None:
    with clock.set_to(plan.placed_at):
        group = history.place(plan, in_two=True)
    deposit_at = plan.placed_at + timedelta(minutes=4)
    with clock.set_to(deposit_at):
        history.pay(group, deposit_at)
    order = Order.objects.get(group=group)
    with clock.set_to(deposit_at):
        deposit_receipts.write_receipt(order_number=order.number)
    with clock.set_to(asked):
        depositing.ask_balance(number=order.number, at=asked)
    if paid is None:
        return
    with clock.set_to(paid):
        reference = payments.balance_reference(order.number)
        payments.record_offline_capture(reference=reference, amount=order.balance, at=paid)
        depositing.mark_balance_paid(number=order.number, captured=order.balance, at=paid)
        invoicing.issue_invoice(order_number=order.number, at=paid)
    history.clear(order, paid)
    shipment = Shipment.objects.get(order_number=order.number)
    with clock.set_to(paid):
        booking = logistics.own_numbers(shipment)
        logistics.attach_booking(shipment_number=shipment.number, booking=booking, at=paid)
