"""Nine months of deals, played through the product's own actions at shifted hours."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from catalog.models import Product, ProductState
from customs.actions import deciding
from customs.actions.answering import record_answer, record_filing
from customs.actions.checking import check_clearance
from customs.models import Declaration
from logistics import actions as logistics
from logistics.models import Shipment
from marketplace.accounts.models import User
from marketplace.demo import clock
from marketplace.demo.people import rows
from marketplace.events.bus import told_to_nobody
from marketplace.kit.refusal import Refusal
from orders.actions import carts, placing, progress
from orders.models import Order, OrderGroup
from orders.payments import actions as payments

SPAN: Final = timedelta(days=270)
# More is bought before the year's end and at its start, less in summer.
SEASON: Final = {1: 5, 2: 4, 3: 4, 4: 4, 5: 4, 6: 3, 7: 3, 8: 3, 9: 4, 10: 5, 11: 7, 12: 8}
# Bought more often than others, so that customs knows their usual price.
LIKED: Final = ("PRD-010", "PRD-019")


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
                play_deal(plan, at, random.Random(plan.key))  # noqa: S311 - the same deal in whichever run
        except Refusal:
            refused += 1
        if count % 50 == 0:
            say(f"{count} of {len(plans)} past deals played.")
    if refused:
        say(f"{refused} deals were refused on the way, as they would be for a real buyer.")


def _plans(count: int, seed: int, at: datetime, dice: random.Random) -> list[Plan]:
    buyers = list(User.objects.filter(email__in=[row["email"] for row in rows("people.csv")]).order_by("pk"))
    goods = list(
        Product.objects.filter(number__startswith="PRD-", state=ProductState.LIVE)
        .select_related("lead")
        .order_by("number")
    )
    liked = [product for product in goods if product.number in LIKED]
    plans = []
    for number in range(count):
        lines = tuple(
            (product.lead.sku, max(product.lead.minimum_quantity, dice.choice((1, 1, 1, 2, 2, 3, 6))))
            for product in _chosen(goods, liked, dice)
            if product.lead is not None
        )
        plans.append(Plan(f"demo-{seed}-{number:04}", dice.choice(buyers), lines, _moment(at, dice)))
    return sorted(plans, key=lambda plan: plan.placed_at)


def _chosen(goods: list[Product], liked: list[Product], dice: random.Random) -> list[Product]:
    """Choose one or two goods; every tenth deal is about those that everybody likes."""
    if dice.random() < 0.1:
        return [dice.choice(liked)]
    return dice.sample(goods, dice.choice((1, 1, 1, 2)))


def _moment(at: datetime, dice: random.Random) -> datetime:
    days = [at - timedelta(days=day) for day in range(3, SPAN.days)]
    weights = [SEASON[day.month] * (3 if day.weekday() < 5 else 2) for day in days]
    day = dice.choices(days, weights)[0]
    return day.replace(hour=dice.randrange(6, 23), minute=dice.randrange(60), second=0, microsecond=0)


def play_deal(plan: Plan, now: datetime, dice: random.Random) -> None:
    """Play one deal from the order to the review, as far as it has come by now."""
    with clock.set_to(plan.placed_at):
        group = place(plan)
    paid_at = plan.placed_at + timedelta(minutes=4)
    with clock.set_to(paid_at):
        pay(group, paid_at)
    for order in Order.objects.filter(group=group).order_by("pk"):
        clear(order, paid_at)
        deliver(order, paid_at, now, dice)


def place(plan: Plan, *, in_two: bool = False) -> OrderGroup:
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
            in_two=in_two,
        )
    except Refusal:
        cart.lines.all().delete()
        raise


def pay(group: OrderGroup, at: datetime) -> None:
    """Record that the money came to our bank: the card provider knows nothing of these deals."""
    payments.record_offline_capture(reference=group.number, amount=group.due_now, at=at)
    progress.mark_paid(group_number=group.number, captured=group.due_now, at=at)


def clear(order: Order, at: datetime) -> None:
    """Check the order; what customs holds is decided the next day."""
    with clock.set_to(at):
        hold = check_clearance(order_number=order.number, at=at)
        if hold is None:
            return
        progress.hold(number=order.number)
        payments.freeze(order.number, at=at)
    decided_at = at + timedelta(hours=20)
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


def deliver(order: Order, paid_at: datetime, now: datetime, dice: random.Random) -> None:
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
            _tell_customs(order.number, code, moment)
            if step is not None:
                step(number=order.number, at=moment)
    confirmed = delivered + timedelta(days=dice.randrange(1, 8))
    if confirmed < now:
        with clock.set_to(confirmed):
            progress.complete(number=order.number, at=confirmed)
        _review(order, confirmed, dice)


def _tell_customs(order_number: str, code: str, at: datetime) -> None:
    """File the declaration where the parcel arrives, and hear that customs lets it go."""
    declaration = Declaration.objects.get(order_number=order_number)
    if code == "import_customs":
        record_filing(number=declaration.number, mrn=f"26DEMO{declaration.pk:012d}")
    elif code == "customs_cleared":
        record_answer(number=declaration.number, answer="released", reason="", at=at)


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
