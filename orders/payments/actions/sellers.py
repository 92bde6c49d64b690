"""Money between a seller and the house that no order carries: storage, cover of stock, claims paid out."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from marketplace.kit.money import Money
from orders.payments import books, ledger
from orders.payments.models import Earning


@transaction.atomic
def charge_seller(*, seller: str, reference: str, amount: Money, account: str, at: datetime) -> bool:
    """Take a fee from a seller's balance, once per reference; what the balance lacks, the seller owes."""
    if Earning.objects.filter(number=f"{reference}:charge").exists():
        return False
    payable = books.balance(f"seller:{seller}:payable", amount.currency)
    taken = min(payable, amount)
    entries = ledger.merged(
        [
            ledger.Entry(f"seller:{seller}:payable", taken),
            ledger.Entry(f"seller:{seller}:receivable", amount - taken),
            ledger.Entry(account, -amount),
        ]
    )
    books.post("charge", reference, entries, at=at)
    _line(Earning.Kind.CHARGE, seller, reference, amount, at)
    return True


@transaction.atomic
def credit_seller(*, seller: str, reference: str, amount: Money, account: str, at: datetime) -> bool:
    """Give a seller money from one of our accounts, once per reference; the next payout sends it."""
    if Earning.objects.filter(number=f"{reference}:credit").exists():
        return False
    entries = [ledger.Entry(account, amount), ledger.Entry(f"seller:{seller}:payable", -amount)]
    books.post("credit", reference, entries, at=at)
    _line(Earning.Kind.CREDIT, seller, reference, amount, at)
    return True


def _line(kind: Earning.Kind, seller: str, reference: str, amount: Money, at: datetime) -> None:
    charge = kind == Earning.Kind.CHARGE
    zero = Money.zero(amount.currency)
    Earning.objects.create(
        number=f"{reference}:{kind.value}",
        kind=kind,
        seller=seller,
        order_number=reference,
        state=Earning.State.AVAILABLE,
        goods_amount=(zero if charge else amount).amount,
        commission_amount=(amount if charge else zero).amount,
        amount=(-amount if charge else amount).amount,
        currency=amount.currency,
        earned_at=at,
        available_at=at,
    )
