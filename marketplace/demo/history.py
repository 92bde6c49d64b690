"""Nine months of deals, played through the product's own actions at shifted hours."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from catalog.models import Product, ProductState
from customs.actions import deciding
from customs.actions.checking import check_clearance
from customs.models import Hold
from logistics import actions as logistics
from logistics.models import Shipment
from marketplace.accounts.models import User
from marketplace.demo import clock
from marketplace.demo.people import rows
from marketplace.events.bus import told_to_nobody
from marketplace.kit.money import chargeable
from marketplace.kit.refusal import Refusal
from orders.actions import carts, placing, progress
from orders.models import Order, OrderGroup
from orders.payments import actions as payments
from orders.payments.models import Payment, PaymentState

SPAN: Final = timedelta(days=270)
# More is bought before the year's end and at its start, less in summer.
SEASON: Final = {1: 5, 2: 4, 3: 4, 4: 4, 5: 4, 6: 3, 7: 3, 8: 3, 9: 4, 10: 5, 11: 7, 12: 8}
YOUNG: Final = timedelta(hours=36)
OPEN_CASES: Final = 14


@dataclass(frozen=True, slots=True)
class Plan:
    """One deal to play: who buys what, and how far it has come by now."""

    key: str
    buyer: User
    skus: tuple[tuple[str, int], ...]
    placed_at: datetime


def play(*, orders: int, seed: int, at: datetime, say: Callable[[str], None]) -> None:
    """Play what is missing of `orders` deals; the same seed gives the same deals."""
    dice = random.Random(seed)  # noqa: S311 - a repeatable demo, not a secret
    plans = _plans(orders, seed, at, dice)
    known = set(OrderGroup.objects.filter(key__startswith=f"demo-{seed}-").values_list("key", flat=True))
    refused = 0
    for count, plan in enumerate(plans, start=1):
        if plan.key in known:
            continue
        try:
            with told_to_nobody():
                _play(plan, at, random.Random(plan.key))  # noqa: S311 - the same deal in whichever run
        except Refusal:
            refused += 1
        if count % 50 == 0:
            say(f"{count} of {len(plans)} past deals played.")
    if refused:
        say(f"{refused} deals were refused on the way, as they would be for a real buyer.")


def _plans(count: int, seed: int, at: datetime, dice: random.Random) -> list[Plan]:
    buyers = list(User.objects.filter(email__in=[row["email"] for row in rows("people.csv")]).order_by("pk"))
    goods = list(
        Product.objects.filter(number__startswith="PRD-", state=ProductState.LIVE).select_related("lead")
    )
    plans = []
    for number in range(count):
        lines = tuple(
            (product.lead.sku, max(product.lead.minimum_quantity, dice.choice((1, 1, 1, 2, 2, 3, 6))))
            for product in dice.sample(goods, dice.choice((1, 1, 1, 2)))
            if product.lead is not None
        )
        plans.append(Plan(f"demo-{seed}-{number:04}", dice.choice(buyers), lines, _moment(at, dice)))
    return [*_cases(seed, at), *sorted(plans, key=lambda plan: plan.placed_at)]


def _cases(seed: int, at: datetime) -> list[Plan]:
    """Deals of the last hours that customs is likely to ask about, so that the queue has work."""
    buyers = {user.email: user for user in User.objects.select_related("company")}
    skus = {
        product.number: product.lead.sku
        for product in Product.objects.filter(number__startswith="PRD-").select_related("lead")
        if product.lead is not None
    }
    return [
        Plan(
            f"demo-{seed}-case-{number:02}",
            buyers[row["buyer"]],
            ((skus[f"PRD-{row['product_id'][1:]}"], int(row["quantity"])),),
            at - timedelta(hours=int(row["hours_ago"])),
        )
        for number, row in enumerate(rows("cases.csv"))
    ]


def _moment(at: datetime, dice: random.Random) -> datetime:
    days = [at - timedelta(days=day) for day in range(3, SPAN.days)]
    weights = [SEASON[day.month] * (3 if day.weekday() < 5 else 2) for day in days]
    day = dice.choices(days, weights)[0]
    return day.replace(hour=dice.randrange(6, 23), minute=dice.randrange(60), second=0, microsecond=0)


def _play(plan: Plan, now: datetime, dice: random.Random) -> None:
    with clock.set_to(plan.placed_at):
        group = _place(plan)
    paid_at = plan.placed_at + timedelta(minutes=4)
    with clock.set_to(paid_at):
        _pay(group, paid_at)
    for order in Order.objects.filter(group=group).order_by("pk"):
        if _cleared(order, paid_at, now):
            _deliver(order, paid_at, now, dice)


def _place(plan: Plan) -> OrderGroup:
    buyer, company = plan.buyer, plan.buyer.company
    if company is None:
        raise LookupError(buyer.email)
    cart = carts.open_cart(token="", user=buyer)
    for sku, quantity in plan.skus:
        carts.add(cart_id=cart.pk, sku=sku, quantity=quantity)
    contact = placing.Contact(
        email=buyer.email,
        name=buyer.name,
        street=company.street,
        town=company.town,
        country=company.country,
        postal_code=company.postal_code,
        region=company.region,
        company_name=company.name if company.kind == company.Kind.BUSINESS else "",
    )
    try:
        quote, _ = placing.request_quote(
            cart=cart,
            ship_to=contact.price_place,
            currency=company.currency,
            buyer=contact.buyer,
            at=plan.placed_at,
        )
        return placing.place(
            cart_id=cart.pk,
            key=plan.key,
            quote_number=quote.number,
            contact=contact,
            user=buyer,
            at=plan.placed_at,
        )
    except Refusal:
        cart.lines.all().delete()
        raise


def _pay(group: OrderGroup, at: datetime) -> None:
    """Record the buyer's payment as the provider would report it."""
    Payment.objects.create(
        reference=group.number,
        amount=group.total.amount,
        charged_amount=chargeable(group.total).amount,
        currency=group.currency,
        email=group.email,
        description=f"Sampan {group.number}",
        expires_at=group.pay_until,
        page_expires_at=group.pay_until,
        state=PaymentState.OPEN,
        created_at=group.placed_at,
    )
    payments.record_capture(group.number, chargeable(group.total), charge=f"ch_demo_{group.number}", at=at)
    progress.mark_paid(group_number=group.number, captured=group.total, at=at)


def _cleared(order: Order, at: datetime, now: datetime) -> bool:
    """Check the order; an old hold is decided the next day, a young one waits for the visitor."""
    with clock.set_to(at):
        hold = check_clearance(order_number=order.number, at=at)
        if hold is None:
            return True
        progress.hold(number=order.number)
        payments.freeze(order.number, at=at)
    decided_at = at + timedelta(hours=20)
    open_cases = Hold.objects.open().count()
    if now - at < YOUNG and open_cases <= OPEN_CASES:
        return False
    first, second = (
        User.objects.get(email=f"{name}@demo.sampan.example") for name in ("customs", "customs2")
    )
    with clock.set_to(decided_at):
        decided = deciding.release(
            hold_number=hold.number, by=first, version=hold.version, reason="papers-good", at=decided_at,
            note="The papers came the same day.",
        )  # fmt: skip
        if decided.is_open:
            deciding.agree(hold_number=hold.number, by=second, version=decided.version, at=decided_at)
        progress.resume(number=order.number)
        payments.unfreeze(order.number, at=decided_at)
    return True


def _deliver(order: Order, paid_at: datetime, now: datetime, dice: random.Random) -> None:
    """Let each step happen at its hour, as far as that hour has come."""
    packed = paid_at + timedelta(hours=dice.randrange(22, 60))
    shipped = packed + timedelta(hours=dice.randrange(3, 30))
    travel = max(3, (order.latest_on - shipped.date()).days if order.latest_on else 12)
    late = 4 if dice.random() < 0.03 else 0
    delivered = shipped + timedelta(days=dice.randrange(max(2, travel // 2), travel) + late, hours=3)
    part = (delivered - shipped) / 5
    shipment = Shipment.objects.get(order_number=order.number)
    with clock.set_to(packed):
        logistics.attach_booking(
            shipment_number=shipment.number, booking=logistics.own_numbers(shipment), at=packed
        )
        progress.pack(number=order.number, at=packed)
    numbers = [parcel.tracking_number for parcel in shipment.parcels.all() if parcel.tracking_number]
    seen = [
        (shipped, "picked_up", shipment.sender["town"], progress.mark_shipped),
        (shipped + part, "export_customs", shipment.sender["town"], None),
        (shipped + 3 * part, "import_customs", order.group.town, None),
        (shipped + 4 * part, "customs_cleared", order.group.town, None),
        (delivered, "delivered", order.group.town, progress.mark_delivered),
    ]
    for moment, code, place, step in seen:
        if moment > now:
            return
        with clock.set_to(moment):
            for tracking_number in numbers:
                logistics.record_tracking(
                    tracking_number=tracking_number,
                    code=code,
                    local_time=moment.isoformat(),
                    place=place,
                    evidence={"signed_by": order.group.name} if code == "delivered" else None,
                )
            if step is not None:
                step(number=order.number, at=moment)
    confirmed = delivered + timedelta(days=dice.randrange(1, 8))
    if confirmed < now:
        with clock.set_to(confirmed):
            progress.complete(number=order.number, at=confirmed)
        _review(order, confirmed, dice)


def _review(order: Order, at: datetime, dice: random.Random) -> None:
    if dice.random() > 0.45:
        return
    written = list(rows("reviews.csv"))
    own = [
        row
        for row in written
        if row["language"] == (order.group.user.language[:2] if order.group.user else "en")
    ]
    words = dice.choice(own or written)
    for line in order.lines.all():
        with clock.set_to(at):
            progress.review(
                line_id=line.pk,
                order_number=order.number,
                stars=int(words["stars"]),
                text=words["text"],
                author=order.group.name,
                at=at,
                language=words["language"],
            )
