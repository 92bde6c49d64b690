"""The chart of accounts and the journals of every money event. Plain Python, double entry, minor units.

A positive entry is a debit, a negative one a credit; every journal sums to zero in each currency.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from marketplace.kit.money import Money, total

DEBIT: Final = 1
CREDIT: Final = -1


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a journal."""

    account: str
    money: Money


class Unbalanced(ValueError):
    """The entries of a journal do not sum to zero in each currency."""


@dataclass(frozen=True, slots=True)
class AccountClass:
    """What an account of this family is: its normal side and whether it may never go below zero."""

    normal: int
    guarded: bool
    clearing: bool = False


# The first part of an account's code, or its last for accounts of one order or one seller.
CHART: Final[Mapping[str, AccountClass]] = {
    "psp": AccountClass(DEBIT, guarded=False),
    "bank": AccountClass(DEBIT, guarded=False),
    "receivable": AccountClass(DEBIT, guarded=True),
    "arriving": AccountClass(DEBIT, guarded=True),
    "received": AccountClass(CREDIT, guarded=True, clearing=True),
    "hold": AccountClass(CREDIT, guarded=True),
    "deposit": AccountClass(CREDIT, guarded=True),
    "payable": AccountClass(CREDIT, guarded=True),
    "tax": AccountClass(CREDIT, guarded=False),
    "shipping": AccountClass(CREDIT, guarded=False),
    "carrier": AccountClass(CREDIT, guarded=True),
    "insurance": AccountClass(CREDIT, guarded=False),
    "dispute": AccountClass(DEBIT, guarded=False),
    "guarantee": AccountClass(CREDIT, guarded=False),
    "fee": AccountClass(CREDIT, guarded=False),
    "fx": AccountClass(CREDIT, guarded=False),
    "pspfees": AccountClass(DEBIT, guarded=False),
    "writeoff": AccountClass(DEBIT, guarded=False),
    "payout": AccountClass(CREDIT, guarded=True, clearing=True),
    "refund": AccountClass(CREDIT, guarded=True, clearing=True),
    "transfer": AccountClass(CREDIT, guarded=True, clearing=True),
}


def account_class(code: str) -> AccountClass:
    """Find the family of an account code such as `order:ORD-1:hold` or `tax:DE:collected`."""
    first, last = code.split(":", maxsplit=1)[0], code.rsplit(":", maxsplit=1)[-1]
    family = last if first in {"order", "seller", "payment"} else first
    return CHART[family]


def check(entries: Sequence[Entry]) -> None:
    """Raise Unbalanced unless the entries sum to zero in each currency."""
    for currency in {entry.money.currency for entry in entries}:
        if left := total((e.money for e in entries if e.money.currency == currency), currency).amount:
            raise Unbalanced(f"{currency} {left} is left over")


def merged(entries: Iterable[Entry]) -> list[Entry]:
    """Add the entries of one account up and drop those of zero."""
    sums: dict[tuple[str, str], Money] = {}
    for entry in entries:
        key = (entry.account, entry.money.currency)
        sums[key] = sums.get(key, Money.zero(entry.money.currency)) + entry.money
    return [Entry(account, money) for (account, _), money in sums.items() if money]


def captured(reference: str, charged: Money, expected: Money, settled: Money, fee: Money) -> list[Entry]:
    """Book a capture: the provider owes us what it settled, the payment holds what the buyer owed us.

    Where Stripe cannot charge the exact amount (KWD 1.234), the difference is a rounding write-off. Where it
    settles in another currency the two legs meet in the exchange positions.
    """
    return merged(
        [
            Entry("psp:balance", settled - fee),
            Entry("pspfees:stripe", fee),
            Entry("fx:position", -settled),
            Entry("fx:position", charged),
            Entry("writeoff:rounding", expected - charged),
            Entry(f"payment:{reference}:received", -expected),
        ]
    )


def allocated(
    reference: str, shares: Mapping[str, Money], deposits: Mapping[str, Money] | None = None
) -> list[Entry]:
    """Move what a payment received to the holds of its orders; a deposit waits for the order's balance."""
    deposits = deposits or {}
    return merged(
        [Entry(f"payment:{reference}:received", money) for money in [*shares.values(), *deposits.values()]]
        + [Entry(f"order:{number}:hold", -money) for number, money in shares.items()]
        + [Entry(f"order:{number}:deposit", -money) for number, money in deposits.items()]
    )


def balance_paid(number: str, reference: str, balance: Money, deposit: Money) -> list[Entry]:
    """Join deposit and balance in the order's hold."""
    return merged(
        [
            Entry(f"payment:{reference}:received", balance),
            Entry(f"order:{number}:deposit", deposit),
            Entry(f"order:{number}:hold", -(balance + deposit)),
        ]
    )


def deposit_kept(number: str, kept: Money, seller: str, seller_side: Money) -> list[Entry]:
    """Give the seller the part of a deposit that was agreed for a balance that was never paid."""
    return merged(
        [
            Entry(f"order:{number}:deposit", kept),
            Entry("fx:position", -kept),
            Entry("fx:position", seller_side),
            Entry(f"seller:{seller}:payable", -seller_side),
        ]
    )


@dataclass(frozen=True, slots=True)
class SellerPart:
    """The seller's side of an order in the seller's currency."""

    seller: str
    goods: Money
    commission: Money

    @property
    def net(self) -> Money:
        return self.goods - self.commission


def part_entries(parts: Mapping[str, Money], country: str) -> list[Entry]:
    """Credit the parts of the buyer's price to those they belong to; the goods leave through exchange."""
    return [
        Entry(f"tax:{country}:collected", -(parts["duty"] + parts["tax"])),
        Entry("shipping:payable", -parts["freight"]),
        Entry("insurance:payable", -parts["insurance"]),
        Entry("fee:service", -parts["fees"]),
        Entry("fx:spread", -parts["exchange"]),
        Entry("fx:position", -parts["goods"]),
    ]


def freight_shared(container: str, share: Money, paid: Money) -> list[Entry]:
    """Move an order's part of a container's bill from the freight its buyer paid to what we owe its carrier.

    `paid` is the share in the order's currency; where the bill is in another, both meet in the exchange
    position.
    """
    return merged(
        [
            Entry("shipping:payable", paid),
            Entry("fx:position", -paid),
            Entry("fx:position", share),
            Entry(f"carrier:{container}", -share),
        ]
    )


def earned(number: str, parts: Mapping[str, Money], country: str, seller: SellerPart) -> list[Entry]:
    """Release an order's hold at shipment: seller, carrier, insurer, customs and we get what is theirs."""
    currency = parts["goods"].currency
    return merged(
        [
            Entry(f"order:{number}:hold", total(parts.values(), currency)),
            *part_entries(parts, country),
            Entry("fx:position", seller.goods),
            Entry(f"seller:{seller.seller}:payable", -seller.net),
            Entry("fee:commission", -seller.commission),
        ]
    )


def guaranteed(country: str, quoted: Money, actual: Money) -> list[Entry]:
    """Move what customs took less (or more) than the buyer paid to (or from) the guarantee pool."""
    return merged(
        [Entry(f"tax:{country}:collected", quoted - actual), Entry("guarantee:pool", actual - quoted)]
    )


def refunded_before(number: str, amount: Money, to: str, lies: str = "hold") -> list[Entry]:
    """Give back money that still lies in the order's hold, or with its deposit."""
    return [Entry(f"order:{number}:{lies}", amount), Entry(to, -amount)]


def refunded_after(
    parts: Mapping[str, Money], country: str, seller: SellerPart, *, payable: Money, to: str
) -> list[Entry]:
    """Take a refund back from those who had earned it; what the seller's balance lacks, the seller owes."""
    currency = parts["goods"].currency
    from_balance = min(payable, seller.net)
    return merged(
        [
            *(Entry(entry.account, -entry.money) for entry in part_entries(parts, country)),
            Entry("fx:position", -seller.goods),
            Entry(f"seller:{seller.seller}:payable", from_balance),
            Entry(f"seller:{seller.seller}:receivable", seller.net - from_balance),
            Entry("fee:commission", seller.commission),
            Entry(to, -total(parts.values(), currency)),
        ]
    )


def paid_out(seller: str, amount: Money, repaid: Money) -> list[Entry]:
    """Set a payout on its way; what the seller owed us is settled with it."""
    return merged(
        [
            Entry(f"seller:{seller}:payable", amount + repaid),
            Entry(f"seller:{seller}:receivable", -repaid),
            Entry("payout:in_flight", -amount),
        ]
    )


def payout_confirmed(amount: Money, source: str = "bank:main") -> list[Entry]:
    """Book that the bank has paid."""
    return [Entry("payout:in_flight", amount), Entry(source, -amount)]


def transferred(seller_side: Money, settled: Money) -> list[Entry]:
    """Book that the provider has moved the money; another currency goes through the exchange positions."""
    return merged(
        [
            Entry("payout:in_flight", seller_side),
            Entry("fx:position", -seller_side),
            Entry("fx:position", settled),
            Entry("psp:balance", -settled),
        ]
    )


def taken_back(seller: str, seller_side: Money, owed: Money, settled: Money) -> list[Entry]:
    """Book what a transfer gave back: the seller owes that much less; what was paid meanwhile is theirs."""
    return merged(
        [
            Entry("psp:balance", settled),
            Entry("fx:position", -settled),
            Entry("fx:position", seller_side),
            Entry(f"seller:{seller}:receivable", -owed),
            Entry(f"seller:{seller}:payable", owed - seller_side),
        ]
    )


def disputed(money: Money, taken: Money, fee: Money) -> list[Entry]:
    """Book a dispute: the bank takes the money in the currency of settlement, the provider its fee."""
    return merged(
        [
            Entry("dispute:reserve", money),
            Entry("fx:position", -money),
            Entry("fx:position", taken),
            Entry("psp:balance", -(taken + fee)),
            Entry("pspfees:disputes", fee),
        ]
    )


def dispute_won(money: Money, returned: Money) -> list[Entry]:
    """Book that the bank gave the money back; at another rate, the difference stays in the positions."""
    return merged(
        [
            Entry("psp:balance", returned),
            Entry("fx:position", -returned),
            Entry("fx:position", money),
            Entry("dispute:reserve", -money),
        ]
    )


def sent_to_bank(amount: Money) -> list[Entry]:
    """Book that the provider sends our own balance to our bank account."""
    return [Entry("arriving:bank", amount), Entry("psp:balance", -amount)]


def reversed_entries(entries: Iterable[Entry]) -> list[Entry]:
    """Mirror a journal to take it back."""
    return [Entry(entry.account, -entry.money) for entry in entries]
