"""What we hold and owe in each currency, what it is worth, and what exchange has earned so far.

Captured and pending less payable, as facts of the ledger: assets are what lies with the card provider and
the bank; obligations are what every liability account says, with the goods of unshipped orders counted in
the seller's currency (that is what we will owe), not in the buyer's. Prices that buyers hold but have not
paid yet are shown beside, as they may come or not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import F, Sum

from marketplace.currency.table import RateTable
from marketplace.kit.money import Money
from orders.payments import books
from orders.payments.actions.earning import left_of_many
from orders.payments.models import Balance, BankExchange, OrderShare, Payment
from orders.payments.worth import in_euro

HOUSE = ("psp", "bank")
OWED = ("tax", "shipping", "insurance", "guarantee", "payout", "refund", "transfer")


@dataclass(frozen=True, slots=True)
class Exposure:
    """One currency: what we have, what we owe and to whom, what is open; and its worth in euro."""

    currency: str
    captured: Money
    unpaid: Money
    sellers: Money
    held_goods: Money
    others: Money
    net: Money
    worth: Money | None

    @property
    def hint(self) -> str:
        """Say what would close the position: `buy`, `sell` or nothing."""
        return "" if not self.net else ("sell" if self.net.amount > 0 else "buy")


@dataclass(frozen=True, slots=True)
class Result:
    """What exchange earned, in euro: our margin, gain or loss of deals at the bank, what is still open."""

    margin: Money
    realised: Money
    open_worth: Money
    missing: tuple[str, ...]


def _balances() -> dict[tuple[str, str], int]:
    rows = (
        Balance.objects.values(code=F("account__code"), currency=F("account__currency"))
        .annotate(sum=Sum("minor"))
        .order_by()
    )
    return {(row["code"], row["currency"]): row["sum"] for row in rows if row["sum"]}


def _held() -> tuple[dict[str, Money], dict[str, Money]]:
    """Give what paid, unshipped orders will owe: goods in sellers' currency, the rest in the buyers'."""
    goods: dict[str, Money] = {}
    rest: dict[str, Money] = {}
    shares = list(OrderShare.objects.filter(state=OrderShare.State.HELD))
    for parts, seller in left_of_many(shares):
        _add(goods, seller.net)
        for name in ("freight", "insurance", "duty", "tax"):
            _add(rest, parts[name])
    open_deposits = OrderShare.objects.filter(state=OrderShare.State.DEPOSIT)
    for number, currency in open_deposits.values_list("order_number", "currency"):
        _add(rest, books.balance(f"order:{number}:deposit", currency))
    return goods, rest


def _add(sums: dict[str, Money], money: Money) -> None:
    sums[money.currency] = sums.get(money.currency, Money.zero(money.currency)) + money


def exposure(table: RateTable) -> list[Exposure]:
    """Put every currency on one line, the largest open worth first."""
    captured: dict[str, Money] = {}
    sellers: dict[str, Money] = {}
    others: dict[str, Money] = {}
    for (code, currency), minor in _balances().items():
        money = Money.from_minor(minor, currency)
        family = code.split(":", maxsplit=1)[0]
        if family in HOUSE:
            _add(captured, money)
        elif code.endswith(":payable") and family == "seller":
            _add(sellers, money)
        elif code.endswith(":receivable") and family == "seller":
            _add(sellers, -money)
        elif family in OWED:
            _add(others, money)
    goods, rest = _held()
    for money in rest.values():
        _add(others, money)
    unpaid: dict[str, Money] = {}
    for money in _unpaid():
        _add(unpaid, money)
    found = []
    for currency in sorted({*captured, *sellers, *others, *goods, *unpaid}):
        zero = Money.zero(currency)
        parts = [
            source.get(currency, zero).rounded() for source in (captured, sellers, goods, others, unpaid)
        ]
        net = parts[0] - parts[1] - parts[2] - parts[3]
        found.append(
            Exposure(
                currency, captured=parts[0], sellers=parts[1], held_goods=parts[2], others=parts[3],
                unpaid=parts[4], net=net, worth=in_euro(net, table),
            )
        )  # fmt: skip
    return sorted(found, key=lambda row: -abs(row.worth.amount) if row.worth else Decimal(0))


def _unpaid() -> Iterable[Money]:
    rows = Payment.objects.awaiting().values("currency").annotate(sum=Sum("amount")).order_by()
    return (Money(row["sum"], row["currency"]) for row in rows)


def result(table: RateTable) -> Result:
    """Sum what exchange earned, from the ledger: margin, deals at the bank, what is open at today's rates."""
    sums: dict[str, Decimal] = defaultdict(Decimal)
    missing = set()
    for (code, currency), minor in _balances().items():
        if code not in {"fx:spread", "fx:position", "fx:gain_loss"}:
            continue
        worth = in_euro(Money.from_minor(minor, currency), table)
        if worth is None:
            missing.add(currency)
        else:
            sums[code] += worth.amount
    return Result(
        Money(sums["fx:spread"], "EUR"), Money(sums["fx:gain_loss"], "EUR"),
        Money(sums["fx:position"], "EUR"), tuple(sorted(missing)),
    )  # fmt: skip


def deals() -> list[BankExchange]:
    """Give the last deals at the bank."""
    return list(BankExchange.objects.select_related("entered_by")[:50])
