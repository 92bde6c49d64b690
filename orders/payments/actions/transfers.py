"""Paying sellers at the provider: the route by country, one transfer for each order, look-up before retry."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils import timezone

from marketplace.accounts.models import Company
from marketplace.currency import rates
from marketplace.events.bus import publish
from marketplace.kit.money import Money, total
from orders.payments import books, gateways, ledger
from orders.payments.actions import payees
from orders.payments.events import PayoutPaid
from orders.payments.gateways.base import ProviderRefused, ProviderSilent, TransferWanted
from orders.payments.models import (
    Earning,
    Journal,
    OrderShare,
    Payment,
    Payout,
    PayoutLine,
    PayoutRoute,
    PayoutState,
    Posting,
    Rail,
    Transfer,
)

# Where a platform of the EEA may transfer by itself (docs.stripe.com/connect/cross-border-payouts): the EEA,
# the United Kingdom, Switzerland, Canada and the United States. Everybody else is paid by our bank.
TRANSFER_COUNTRIES: Final = frozenset(
    "AT BE BG CH CY CZ DE DK EE ES FI FR GB GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK "  # noqa: SIM905
    "CA US".split()
)


def route_of(country: str) -> str:
    """Say by which rail sellers of a country are paid."""
    return Rail.TRANSFER if country in TRANSFER_COUNTRIES else Rail.BANK


def choose_route(seller: str, *, at: datetime) -> PayoutRoute:
    """Decide once how a seller is paid, and open the account at the provider where the rail needs one."""
    company = Company.objects.get(number=seller)
    route, _created = PayoutRoute.objects.get_or_create(
        seller=seller,
        defaults={"country": company.country, "rail": route_of(company.country), "decided_at": at},
    )
    if route.rail == Rail.TRANSFER and not route.active:
        gateway = gateways.current()
        if route.account:
            route.active = gateway.account_active(route.account)
        else:
            email = company.memberships.values_list("user__email", flat=True).first()
            route.account, route.active = gateway.open_account(
                seller=seller,
                name=company.name,
                email=email or f"{seller.lower()}@sellers.sampan.example",
                country=route.country,
                key=f"account:{seller}",
            )
        route.save(update_fields=["account", "active"])
    return route


def settled_currency(payment: Payment) -> str:
    """Read in which currency the provider settled a charge: the transfer must have the same."""
    journal = Journal.objects.of("capture", payment.reference).get()
    found = Posting.objects.filter(journal=journal, account__code="psp:balance").values_list(
        "currency", flat=True
    )
    return found[0]


def _charge_of(order_number: str) -> Payment:
    return OrderShare.objects.select_related("payment").get(order_number=order_number).payment


def plan_transfers(payout: Payout, route: PayoutRoute) -> None:
    """Spread a payout over the charges that paid for it; what refunds took back shortens the newest first."""
    lines = list(PayoutLine.objects.filter(payout=payout).select_related("earning__payment").order_by("-pk"))
    currency = payout.currency
    back = total((Money(-line.amount, currency) for line in lines if line.amount < 0), currency)
    for line in lines:
        if line.amount <= 0:
            continue
        mine = Money(line.amount, currency)
        short = min(mine, back)
        back, mine = back - short, mine - short
        if not mine:
            continue
        payment = line.earning.payment or _charge_of(line.earning.order_number)
        other = settled_currency(payment)
        moved = mine if other == currency else rates.current().convert(mine, other).rounded()
        if not moved:
            continue
        Transfer.objects.create(
            payout=payout,
            line=line,
            charge=payment.charge,
            group=payment.reference,
            destination=route.account,
            amount=moved.amount,
            currency=other,
            seller_amount=mine.amount,
            seller_currency=currency,
        )


def send_transfers(number: str, *, at: datetime | None = None) -> Payout:
    """Send what is left of a payout's transfers; safe to repeat, at once or after a crash."""
    now = at or timezone.now()
    payout = Payout.objects.get(number=number)
    if payout.rail != Rail.TRANSFER or payout.state not in {PayoutState.APPROVED, PayoutState.SENT}:
        return payout
    if payees.waits_for_name(payout, now):
        return payout  # a list changed since it was prepared: a person clears the name first
    for row in payout.transfers.exclude(state__in=[Transfer.State.SENT, Transfer.State.REFUSED]):
        _send(row, now)
    return _finish(number, now)


def _send(row: Transfer, now: datetime) -> None:
    gateway = gateways.current()
    wanted = TransferWanted(row.key, row.money, row.destination, row.charge, row.group)
    asked_before = row.asked_at is not None
    # Another process may send the same row: what it heard meanwhile is never overwritten.
    still_open = Transfer.objects.filter(pk=row.pk).exclude(state=Transfer.State.SENT)
    # The intent is stored before the call: after a crash we look first and ask again with the same key.
    if not still_open.update(state=Transfer.State.UNRESOLVED, asked_at=row.asked_at or now):
        return
    try:
        found = gateway.find_transfer(wanted) if asked_before else None
        found = found or gateway.transfer(wanted)
    except ProviderSilent as silence:
        still_open.update(problem=str(silence)[:200])
        return
    except ProviderRefused as refusal:
        still_open.update(state=Transfer.State.REFUSED, problem=str(refusal)[:200])
        return
    with transaction.atomic():
        fresh = Transfer.objects.select_for_update().get(pk=row.pk)
        if fresh.state != Transfer.State.SENT:
            fresh.state, fresh.provider_transfer, fresh.problem = Transfer.State.SENT, found, ""
            fresh.save(update_fields=["state", "provider_transfer", "problem"])
            side = Money(fresh.seller_amount, fresh.seller_currency)
            books.post("transfer", fresh.key, ledger.transferred(side, fresh.money), at=now)


@transaction.atomic
def _finish(number: str, now: datetime) -> Payout:
    payout = Payout.objects.select_for_update(of=("self",)).get(number=number)
    rows = list(payout.transfers.all())
    if payout.state == PayoutState.PAID:
        return payout
    if any(row.state == Transfer.State.REFUSED for row in rows):
        payout.problem = next(row.problem for row in rows if row.problem)
    if all(row.state == Transfer.State.SENT for row in rows):
        payout.state, payout.paid_at, payout.problem = PayoutState.PAID, now, ""
        payout.bank_reference = f"{rows[0].provider_transfer}" if rows else f"netted {number}"
        Earning.objects.filter(payout_lines__payout=payout, payout_lines__live=True).update(
            state=Earning.State.PAID
        )
        left = payout.money - total(
            (Money(r.seller_amount, r.seller_currency) for r in rows), payout.currency
        )
        if left:
            # What is too small to move in the settlement currency is booked off, never forgotten.
            entries = [ledger.Entry("payout:in_flight", left), ledger.Entry("writeoff:rounding", -left)]
            books.post("transfer", f"rest:{number}", entries, at=now)
        publish(
            PayoutPaid(
                subject=number,
                seller=payout.seller,
                amount=str(payout.amount),
                currency=payout.currency,
                bank_reference=payout.bank_reference,
            )
        )
    elif payout.state == PayoutState.APPROVED:
        payout.state, payout.sent_at = PayoutState.SENT, now
    payout.save(update_fields=["state", "paid_at", "sent_at", "bank_reference", "problem"])
    return payout


def euro_worth(amount: Money) -> Decimal:
    """Value an amount for limits; a currency without a rate counts as it is."""
    try:
        return rates.current().convert(amount, "EUR").amount
    except rates.NoRate:
        return amount.amount
