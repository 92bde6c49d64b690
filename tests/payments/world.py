"""A small world of payments: shares of orders, a paid payment, people of the finance desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from marketplace.accounts.models import User
from marketplace.kit.money import Money, chargeable
from orders.payments import actions, books
from orders.payments.models import Payment

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def money(amount: str, currency: str = "EUR") -> Money:
    return Money(Decimal(amount), currency)


def share(
    currency: str = "EUR", seller: str = "C-KE1", seller_goods: Money | None = None, **parts: str
) -> actions.Share:
    """An order of EUR 300.65: goods 195.00, margin 0.73, freight 45, cover 3.93, duty 6.00, VAT 49.99."""
    usual = {
        "goods": "195.00",
        "exchange": "0.73",
        "freight": "45.00",
        "insurance": "3.93",
        "duty": "6.00",
        "tax": "49.99",
        "fees": "0.00",
    }
    assert parts.keys() <= usual.keys()
    given = {name: money(amount, currency) for name, amount in {**usual, **parts}.items()}
    return actions.Share(
        seller=seller,
        country="DE",
        seller_goods=seller_goods or money("29437.20", "KES"),
        goods=given["goods"],
        exchange=given["exchange"],
        freight=given["freight"],
        insurance=given["insurance"],
        duty=given["duty"],
        tax=given["tax"],
        fees=given["fees"],
    )


def waiting(reference: str, amount: Money) -> Payment:
    """A payment whose page is open; no provider was asked."""
    return Payment.objects.create(
        reference=reference,
        state="OPEN",
        amount=amount.amount,
        charged_amount=chargeable(amount).amount,
        currency=amount.currency,
        success_url="http://x.example/",
        cancel_url="http://x.example/",
        session=f"cs_{reference}",
        page="http://x.example/",
        created_at=NOON,
        expires_at=NOON + timedelta(minutes=30),
        page_expires_at=NOON + timedelta(minutes=31),
    )


def prepared(
    reference: str, shares: dict[str, actions.Share], deposits: dict[str, Money] | None = None
) -> Payment:
    """A payment of these orders that waits for the buyer; some of them may be paid in two steps."""
    given = deposits or {}
    amounts = [given.get(number, one.total) for number, one in shares.items()]
    payment = waiting(reference, sum(amounts[1:], amounts[0]))
    actions.allocate(payment, shares, deposits=given, at=NOON)
    return payment


def paid(reference: str, shares: dict[str, actions.Share], fee: str | None = None) -> Payment:
    """A payment that the buyer made."""
    payment = prepared(reference, shares)
    return actions.record_capture(
        reference,
        payment.charged,
        charge=f"ch_{reference}",
        intent=f"pi_{reference}",
        at=NOON,
        fee=money(fee, payment.currency) if fee else None,
    )


def finance(name: str) -> User:
    return User.objects.create_user(f"{name}@sampan.example", is_staff=True, desk="finance")


def balances(*codes: str, currency: str = "EUR") -> list[str]:
    return [str(books.balance(code, currency).amount) for code in codes]


def broken() -> list[str]:
    """Every law that does not hold, with its cases."""
    return [f"{proof.law}: {proof.broken}" for proof in books.prove() if not proof.holds]
