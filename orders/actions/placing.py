"""From cart to order: one binding quote, one placing however often the button is pressed."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from django.db import IntegrityError, connection, transaction
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from logistics import network
from logistics.warehousing import actions as warehousing
from marketplace.accounts.models import Company, Membership, User
from marketplace.currency import actions as currency_actions
from marketplace.events.bus import publish
from marketplace.http import usual_currency
from marketplace.kit.explain import Certainty
from marketplace.kit.money import Money, total
from marketplace.kit.places import Place
from marketplace.kit.refusal import Refusal
from orders import snapshots
from orders.carts import Buyer, Group, PricedCart, priced
from orders.deposit_offers import Rules, plan_for, rules_of
from orders.events import OrderPlaced, QuoteGiven
from orders.landed_cost import LandedCost
from orders.models import Cart, Order, OrderGroup, OrderLine, Quote
from orders.quoting import fx_tier

HELD_FOR: Final = timedelta(minutes=30)
# A buyer gets perishable goods with at least a third of their life left (the trade's "2/3 rule" lets the
# maker and the way use up two thirds).
KEEPS_SHARE: Final = 3


class NothingToOrder(Refusal):
    words = _("Your cart is empty. Add something first.")


class NoPrice(Refusal):
    words = _("{why} Nothing was ordered.")


class QuoteUnknown(Refusal):
    words = _("We do not know this price. Open the checkout again.")


class QuoteEnded(Refusal):
    words = _("This price is no longer held. Look at the new price and order again.")


class QuoteDiffers(Refusal):
    words = _("Your cart or address changed. Look at the new price and order again.")


class KeyMissing(Refusal):
    words = _("This form is incomplete. Open the checkout again.")
    status = 400


class KeyReused(Refusal):
    words = _("This order was placed with another address. Open the checkout again to order once more.")
    status = 422


class SoldOut(Refusal):
    words = _("“{what}” was sold a moment ago. Take it out of your cart; the rest can still be ordered.")


class FewLeft(Refusal):
    words = _("Only {left} of “{what}” are left. Choose fewer in your cart, then order again.")


@dataclass(frozen=True, slots=True)
class Contact:
    """Who gets the goods, and where."""

    email: str
    name: str
    street: str
    town: str
    country: str
    postal_code: str = ""
    region: str = ""
    phone: str = ""
    company_name: str = ""
    tax_id: str = ""

    @property
    def place(self) -> Place:
        return Place(self.country, self.postal_code, self.town, self.region)

    @property
    def price_place(self) -> Place:
        """Give the parts of the address that a price depends on."""
        return Place(self.country, self.postal_code, "", self.region)

    @property
    def buyer(self) -> Buyer:
        return Buyer("business" if self.company_name else "consumer", self.tax_id)


def serials(*prefixes: str) -> list[str]:
    """Give the next public numbers, one for each prefix."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('orders_serial') FROM generate_series(1, %s)", [len(prefixes)])
        return [f"{prefix}-{row[0]:06d}" for prefix, row in zip(prefixes, cursor.fetchall(), strict=True)]


def request_quote(
    *, cart: Cart, ship_to: Place, currency: str, buyer: Buyer | None = None, at: datetime
) -> tuple[Quote, PricedCart]:
    """Give one binding price for the whole cart; the same question inside its time gets the same answer."""
    view = priced(cart, ship_to=ship_to, currency=currency, on=at.date(), buyer=buyer, every_option=True)
    if not view.groups:
        raise NothingToOrder
    if not view.cost.possible:
        raise NoPrice(why=" ".join(dict.fromkeys(r.words for r in view.cost.reasons)) or "–")
    known = cart.quotes.filter(fingerprint=view.fingerprint, valid_until__gt=at, used_at=None).first()
    if known is not None and known.total == view.cost.total:
        return known, view
    return _given(cart, view, currency, at, fx_tier((buyer or Buyer()).kind)), view


@transaction.atomic
def _given(cart: Cart, view: PricedCart, currency: str, at: datetime, tier: str) -> Quote:
    pairs = {(line.base, line.quote) for line in view.cost.fx}
    fixed = pairs and all(group.cost.state is Certainty.FIXED for group in view.groups)
    held = currency_actions.lock(sorted(pairs), at, tier) if fixed else None
    until = held.expires_at if held else at + HELD_FOR
    quote = Quote.objects.create(
        number=f"QUO-{secrets.token_hex(5).upper()}",
        cart=cart,
        fingerprint=view.fingerprint,
        snapshot={group.seller.number: snapshots.dump(group.cost) for group in view.groups},
        fx_lock=held.number if held else "",
        total_amount=view.cost.total.amount,
        currency=currency,
        given_at=at,
        valid_until=until,
    )
    network.mark_used(at)
    publish(
        QuoteGiven(
            subject=quote.number,
            total=str(quote.total_amount),
            currency=currency,
            valid_until=until.isoformat(),
        )
    )
    return quote


@transaction.atomic
def place(
    *,
    cart_id: int,
    key: str,
    quote_number: str,
    contact: Contact,
    user: User | None,
    at: datetime,
    in_two: bool = False,
) -> OrderGroup:
    """Order the cart at the quoted price: reserve, freeze, one order per seller; once for each key.

    `in_two`: what sellers let buyers pay in two steps is paid so, by the terms of this moment.
    """
    cart = Cart.objects.select_for_update().get(pk=cart_id)
    if known := OrderGroup.objects.filter(key=key).first():
        return known
    quote = Quote.objects.select_for_update().filter(cart=cart, number=quote_number).first()
    if quote is None:
        raise QuoteUnknown
    if quote.used_at is not None or at >= quote.valid_until:
        raise QuoteEnded
    view = priced(
        cart, ship_to=contact.price_place, currency=quote.currency, on=quote.given_at.date(),
        buyer=contact.buyer,
    )  # fmt: skip
    if not view.groups:
        raise NothingToOrder
    if view.fingerprint != quote.fingerprint:
        raise QuoteDiffers
    number, buyer_number, *order_numbers = serials("GRP", "B", *("ORD" for _group in view.groups))
    until = at + HELD_FOR
    if quote.fx_lock:
        currency_actions.use_lock(quote.fx_lock, number, at)
    group = OrderGroup.objects.create(
        number=number, key=key, cart=cart, quote=quote, user=user, buyer=_buyer(contact, user, buyer_number),
        email=contact.email, name=contact.name, phone=contact.phone, street=contact.street,
        postal_code=contact.postal_code, town=contact.town, region=contact.region, country=contact.country,
        company_name=contact.company_name, tax_id=contact.tax_id, terms=cart.terms, insured=cart.insured,
        total_amount=quote.total_amount, currency=quote.currency, placed_at=at, pay_until=until,
    )  # fmt: skip
    lines: list[OrderLine] = []
    due: list[Money] = []
    terms = rules_of(part.seller.pk for part in view.groups) if in_two else {}
    for part, order_number in zip(view.groups, order_numbers, strict=True):
        order, own = _order(group, order_number, part, quote.snapshot[part.seller.number], at, terms)
        lines += own
        due.append(order.due_now)
    group.due_now = total(due, quote.currency)  # so that opening the payment does not read the orders again
    OrderLine.objects.bulk_create(lines)
    quote.used_at = at
    quote.save(update_fields=["used_at"])
    cart.ordered_at = at
    cart.save(update_fields=["ordered_at", "updated_at"])
    return group


def _order(
    group: OrderGroup, number: str, part: Group, snapshot: dict[str, Any], at: datetime, terms: Rules
) -> tuple[Order, Sequence[OrderLine]]:
    """Freeze one seller's part as it was promised."""
    cost = snapshots.load(snapshot)
    steps = plan_for(part.seller.pk, cost, group.place, terms, business=bool(group.company_name))
    goods = [c for c in cost.charges if c.kind == "goods" and c.basis]
    order = Order.objects.create(
        number=number, group=group, seller=part.seller,
        goods_amount=cost.part("goods").amount, exchange_amount=cost.part("exchange").amount,
        freight_amount=cost.part("freight").amount, insurance_amount=cost.part("insurance").amount,
        duty_amount=cost.part("duty").amount, tax_amount=cost.part("tax").amount,
        fees_amount=cost.part("fees").amount, total_amount=cost.total.amount, currency=cost.currency,
        seller_amount=sum((c.basis.amount for c in goods if c.basis), Decimal(0)),
        seller_currency=goods[0].basis.currency if goods[0].basis else cost.currency,
        charges=snapshot["charges"], fx=snapshot["fx"], delivery=snapshot["delivery"] or {},
        terms=cost.terms, option_code=cost.delivery.code if cost.delivery else "",
        earliest_on=cost.delivery.earliest if cost.delivery else None,
        latest_on=cost.delivery.latest if cost.delivery else None, placed_at=at,
        deposit_amount=steps.deposit.amount if steps else 0,
        deposit_kept_amount=steps.kept.amount if steps else 0, balance_days=steps.days if steps else 0,
    )  # fmt: skip
    wanted = {row.variant.sku: row.quantity for row in part.lines}
    try:
        warehousing.reserve(
            order.number, wanted, group.pay_until, destination=group.country,
            min_days_left=_keeping_days(part, cost, at), on=at.date(),
            prefer=tuple(part.spot.balances.values()) if part.spot else (),
        )  # fmt: skip
    except warehousing.StockShort as short:
        raise _short(part, short) from short
    publish(
        OrderPlaced(
            subject=order.number, group=group.number, seller=part.seller.number,
            total=str(order.total_amount), currency=order.currency,
        )
    )  # fmt: skip
    return order, [
        _line(order, n, row, cost, goods[n - 1].basis, goods[n - 1].amount)
        for n, row in enumerate(part.lines, 1)
    ]


def _keeping_days(part: Group, cost: LandedCost, at: datetime) -> int:
    """Say how many days perishable goods must keep: the way, and a third of their life after it."""
    lives = [life for row in part.lines if (life := row.variant.shelf_life_days)]
    if not lives:
        return 0
    way = (cost.delivery.latest - at.date()).days if cost.delivery else 0
    return max(way, 0) + max(1, min(lives) // KEEPS_SHARE)


def _short(part: Group, short: warehousing.StockShort) -> Refusal:
    """Name the goods that ran out by their title, as the buyer knows them."""
    sku, left = str(short.facts.get("sku", "")), int(str(short.facts.get("available", 0)))
    what = next((row.variant.product.title for row in part.lines if row.variant.sku == sku), sku)
    return FewLeft(what=what, left=left) if left > 0 else SoldOut(what=what)


def _line(order: Order, n: int, row: Any, cost: LandedCost, basis: Money | None, goods: Money) -> OrderLine:
    variant = row.variant
    product = variant.product
    unit = Money(basis.amount / row.quantity, basis.currency) if basis else goods
    return OrderLine(
        order=order, variant=variant, reference=str(n), sku=variant.sku, title=product.title,
        option=variant.option_label[:120], quantity=row.quantity, unit_amount=unit.amount,
        unit_currency=unit.currency, goods_amount=goods.amount,
        hs_code=product.code_for(order.group.country),
        origin=product.origin, customs_description=product.customs_description,
        net_weight_kg=(variant.net_weight_kg or variant.gross_weight_kg or Decimal(0)) * row.quantity,
        gross_weight_kg=(variant.gross_weight_kg or Decimal(0)) * row.quantity,
        measured=variant.measured, traits={
            "temperature": variant.temperature, "battery_wh": str(variant.battery_wh or ""),
            "battery_un": variant.battery_un,
            "size_cm": [str(s) for s in variant.size_cm or ()], "materials": product.materials,
            "papers": [used.paper for used in cost.preferences if used.line == str(n)],
        },
    )  # fmt: skip


def _buyer(contact: Contact, user: User | None, number: str) -> Company:
    """Find who buys: the acting company, or a new private buyer for a guest."""
    if user is not None and user.company is not None:
        return user.company
    name = contact.company_name or contact.name
    company = Company.objects.create(
        number=number, slug=f"{slugify(name)[:60] or 'buyer'}-{number.lower()}", name=name,
        kind=contact.buyer.kind, is_buyer=True, country=contact.country, town=contact.town,
        postal_code=contact.postal_code, region=contact.region, street=contact.street,
        currency=usual_currency(contact.country), state=Company.State.APPROVED,
    )  # fmt: skip
    if user is not None:
        user.company = company
        user.save(update_fields=["company"])
        Membership.objects.create(user=user, company=company, role=Membership.Role.OWNER)
    elif not User.objects.filter(email__iexact=contact.email).exists():
        # The guest becomes an account; our e-mails carry the link that sets a password. A guest who orders
        # twice at the same moment keeps the account of the faster order.
        with contextlib.suppress(IntegrityError), transaction.atomic():
            owner = User.objects.create_user(contact.email, None, name=contact.name, company=company)
            Membership.objects.create(user=owner, company=company, role=Membership.Role.OWNER)
    return company
