"""Work in the stores, so that no page is empty: lots in bond, a delivery, a count, claims, a return."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Final

from django.db.models import Q
from PIL import Image

from catalog.models import Product
from logistics.insurance import actions as cover
from logistics.warehousing import actions as stores
from logistics.warehousing.actions import counting, inbound, levels, storing, transfers
from logistics.warehousing.actions.inbound import Expected
from logistics.warehousing.models import Inbound, StockBalance, StorageRate, Transfer, Warehouse
from marketplace.accounts.models import User
from marketplace.currency import rates
from marketplace.demo import clock
from marketplace.documents.uploads import Upload, checked
from marketplace.events.bus import told_to_nobody
from marketplace.kit.money import Money
from orders.actions import returns
from orders.models import Order, OrderState, Return
from orders.payments import actions as payments

RATE: Final = "Illustrative demo rate for a bonded cold store"
BOXES: Final = 120
SHRIMP: Final = "headless-red-shrimp"
# How many pieces of a product are left for the shop.
LEFT: Final = {"PRD-024": 3, "PRD-025": 0}


def play(*, at: datetime, say: Callable[[str], None]) -> None:
    """Load what is missing; a second run adds nothing."""
    with told_to_nobody():
        shrimp = Product.objects.filter(slug__contains=SHRIMP).select_related("lead", "seller").first()
        if shrimp is not None:
            _shrimp_in_bond(shrimp, at)
        _delivery_and_count(at)
        _claim_and_return(at)
        _nearly_gone(at)
    levels.show_all()
    say("Warehouses have lots in bond, a delivery, a count; claims and a return wait.")


def _nearly_gone(at: datetime) -> None:
    """Let a trade fair keep nearly all of one product and all of another: the shop says so."""
    for number, left in LEFT.items():
        lead = Product.objects.filter(number=number).values_list("lead__sku", flat=True).first()
        there = stores.available([lead])[lead] if lead else 0
        if lead and there > left:
            stores.reserve(f"FAIR-{number}", {lead: there - left}, at + timedelta(days=365))


def _shrimp_in_bond(shrimp: Product, at: datetime) -> None:
    """Send boxes into bond in Shanghai with cover; some arrived too warm, and the claim waits for us."""
    lead, maker = shrimp.lead, shrimp.seller
    home = Warehouse.objects.filter(owner=maker).first()
    if lead is None or home is None or Transfer.objects.filter(key="demo-shrimp").exists():
        return
    zone, _ = Warehouse.objects.get_or_create(
        code="CN-YSZ",
        defaults={
            "name": "Yangshan bonded cold store", "kind": Warehouse.Kind.BONDED, "country": "CN",
            "town": "Shanghai", "authorisation": "demo",
        },
    )  # fmt: skip
    StorageRate.objects.get_or_create(
        warehouse=zone, valid_from=date(2026, 1, 1),
        defaults={"per_cbm_day": Decimal("1.10"), "currency": "USD", "source": RATE},
    )  # fmt: skip
    left_on, landed = at - timedelta(days=80), at - timedelta(days=4)
    balance = StockBalance.objects.filter(sku=lead.sku, warehouse=home).first()
    boxes = min(BOXES, balance.left // 2) if balance else 0
    if boxes < 10:
        return
    worth = rates.current().convert(Money(lead.price_amount * boxes, lead.currency), "USD").rounded()
    with clock.set_to(left_on):
        sent = transfers.send(start=home, end=zone, wanted={lead.sku: boxes}, key="demo-shrimp", at=left_on)
        policy = cover.cover_stock(
            sent.number, value=worth, mode="reefer", goods="frozen", company=maker, region="CN", at=left_on
        )
        cover.begin(sent.number, at=left_on + timedelta(hours=9))
        payments.charge_seller(
            seller=maker.number, reference=policy.number, amount=Money(policy.premium_amount, "USD"),
            account="insurance:payable", at=left_on,
        )  # fmt: skip
    warm = boxes // 10
    with clock.set_to(landed):
        lines = list(sent.lines.order_by("pk"))
        came = {line.pk: (line.quantity, 0) for line in lines[1:]}
        came[lines[0].pk] = (lines[0].quantity - warm, warm)
        transfers.arrive(
            number=sent.number, received=came, entry_number="222920260000417", bin_code="F-12", at=landed
        )
        cover.end(sent.number, at=landed)
        cover.claim(
            sent.number, cause="temperature", claimed=(worth * Decimal(warm) / boxes).rounded(),
            uploads=[photo(shrimp, "logger.jpg")], claimant=maker, at=landed + timedelta(days=1),
            words=f"The cooling machine stood still for 31 hours; {warm} boxes are soft.",
        )  # fmt: skip
    storing.take_snapshot(day=at.date())


def photo(product: Product, name: str, *, size: int = 800) -> Upload:
    """Take a picture of the goods from the demo's own photos, as a small JPEG."""
    out, folder = BytesIO(), Path(__file__).parent / "pictures"
    source = next((p for p in sorted(folder.glob("*.webp")) if product.slug[:12] in p.name), None)
    picture = Image.open(source).convert("RGB") if source else Image.new("RGB", (64, 64), "white")
    picture.thumbnail((size, size))
    picture.save(out, "JPEG")
    return checked(name, out.getvalue())


def _delivery_and_count(at: datetime) -> None:
    """Announce a delivery to each maker with a login, and ask for a count of one shelf."""
    for user in User.objects.filter(email__endswith="1@demo.sampan.example").select_related("company"):
        maker = user.company
        home = Warehouse.objects.filter(owner=maker).first() if maker and maker.is_seller else None
        if maker is None or home is None or Inbound.objects.filter(owner=maker).exists():
            continue
        shelf = StockBalance.objects.filter(owner=maker, warehouse=home).order_by("sku").first()
        if shelf is None:
            continue
        row = shelf.lots.select_related("lot").first()
        inbound.announce(
            warehouse=home, owner=maker, reference="Delivery note 1184",
            lines=[
                Expected(
                    sku=shelf.sku, quantity=40, lot_number=f"{shelf.sku[:20]}-2" if row else "",
                    expires_on=(at + timedelta(days=400)).date() if row else None,
                )
            ],
            expected_on=(at + timedelta(days=2)).date(), at=at,
        )  # fmt: skip
        counting.open_count(balance=shelf, lot_balance=row, at=at)


def _claim_and_return(at: datetime) -> None:
    """Let buyers claim a broken parcel and ask for a return of another; the one in Berlin first."""
    anna = User.objects.filter(email="anna@demo.sampan.example").select_related("company").first()
    if anna is None or Return.objects.exists():
        return
    states = [OrderState.DELIVERED, OrderState.COMPLETED]
    fresh = (
        Order.objects.filter(state__in=states, delivered_at__range=(at - timedelta(days=25), at))
        .select_related("group__buyer")
        .annotate(hers=Q(group__buyer=anna.company_id))
        .order_by("-hers", "-delivered_at")
    )
    for number, order in enumerate(fresh.prefetch_related("lines__variant__product")[:2]):
        line = order.lines.all()[0]
        product = line.variant.product if line.variant else None
        if product is None:
            continue
        if number == 0:
            returns.ask_return(
                number=order.number, wanted={line.pk: 1}, reason="damaged", at=at,
                words="One piece is broken at the rim.", photos=[photo(product, "broken.jpg")],
            )  # fmt: skip
        elif order.insurance_amount > 0:
            cover.claim(
                order.number, cause="damaged", at=at, claimant=order.group.buyer,
                claimed=Money((order.goods_amount / 2).quantize(Decimal("0.01")), order.currency),
                words="The box was wet and half of it is spoiled.", uploads=[photo(product, "wet-box.jpg")],
            )  # fmt: skip
