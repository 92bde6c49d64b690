"""A shared container that fills up: three buyers in Germany bought from makers of one country yesterday."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from catalog.models import Product, ProductState
from logistics import containers, merging
from logistics.models import Container, ContainerPart, Hub, Mode, Shipment, ShipmentState
from logistics.options import options
from marketplace.accounts.models import User
from marketplace.demo import clock, history
from marketplace.events.bus import told_to_nobody
from marketplace.kit.money import Money
from marketplace.kit.refusal import Refusal
from orders.models import Order

FROM, PORT, TO = "KE", "MBA", "DE"
DEALS: Final = 3
PRICE: Final = Decimal(110)  # illustrative, as every rate of the demo world


def play(*, at: datetime, say: Callable[[str], None]) -> None:
    """Let the container wait for its cut-off with what is inside; a second run adds nothing."""
    hub = Hub.objects.filter(code=PORT).first()
    if hub is None or ContainerPart.objects.exists():
        return
    with told_to_nobody():
        waiting = _bought(at)
        if not waiting:
            return
        box = containers.open_container(
            hub=hub, to=None, mode=Mode.SEA, cut_off_at=at + timedelta(days=3),
            departs_on=(at + timedelta(days=5)).date(), capacity_kg=Decimal(60),
            capacity_cbm=Decimal("0.4"), price=Money(PRICE, "USD"),
        )  # fmt: skip
        for one in waiting:
            _put_in(box, one, at)
    say(f"A shared container in {hub.name} takes goods until its cut-off.")


def _bought(at: datetime) -> list[Shipment]:
    """Play the deals as far as paid; what cannot be sold today is left out."""
    goods = Product.objects.filter(state=ProductState.LIVE, seller__country=FROM, lead__isnull=False)
    buyers = User.objects.filter(company__country=TO, company__is_buyer=True).select_related("company")
    found: list[Shipment] = []
    for number, product in enumerate(goods.select_related("lead").order_by("number")[: DEALS + 2]):
        buyer = buyers.order_by("pk")[number % max(1, buyers.count()) :].first()
        if product.lead is None or buyer is None or len(found) == DEALS:
            break
        placed_at = at - timedelta(hours=20 - number)
        sku = (product.lead.sku, max(4, product.lead.minimum_quantity))
        plan = history.Plan(f"demo-box-{number}", buyer, (sku,), placed_at)
        try:
            with clock.set_to(placed_at):
                group = history.place(plan)
                history.pay(group, placed_at + timedelta(minutes=4))
        except Refusal:
            continue
        numbers = Order.objects.filter(group=group).values_list("number", flat=True)
        found += Shipment.objects.filter(order_number__in=list(numbers), state=ShipmentState.OPENED)
    return found


def _put_in(box: Container, one: Shipment, at: datetime) -> None:
    option = options(merging.consignment(one), at.date()).get(one.option_code)
    try:
        containers.put_in(
            container=box.number, shipment=one.number, alone=option.price if option else None, at=at
        )
    except Refusal:
        return  # it may not share, or there is no room: it waits on, as in life
