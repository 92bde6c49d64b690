"""Exchange: our own deals at the bank, and sellers' balances changed into the currency they chose."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from marketplace.currency import rates
from marketplace.currency.table import RateTable, Tier
from marketplace.documents.actions import next_number
from marketplace.kit.explain import Certainty
from marketplace.kit.money import CURRENCIES, Money
from marketplace.kit.refusal import Refusal
from orders.payments import books, ledger
from orders.payments.actions.payouts import NotYourDesk
from orders.payments.models import BankExchange, Earning, PayoutChoice, SellerExchange
from orders.payments.worth import in_euro


class BadExchange(Refusal):
    """The amounts of a deal are not possible."""

    words = _("{problem}")
    status = 422


class NoRateToday(Refusal):
    """A rate is missing or too old: nothing is changed."""

    words = _("There is no fresh exchange rate from {from_currency} to {to_currency}. Try again later.")
    status = 409


@transaction.atomic
def record_bank_exchange(
    *, reference: str, sold: Money, bought: Money, by: User, at: datetime
) -> BankExchange:
    """Book a deal of our bank, once per reference; what it is off the market is gain or loss in euro."""
    if not by.has_desk(User.Desk.FINANCE):
        raise NotYourDesk
    reference = reference.strip()[:60]
    if kept := BankExchange.objects.filter(reference=reference).first():
        if (kept.sold, kept.bought) != (sold, bought):
            raise BadExchange(problem=_("This bank reference stands for another deal already."))
        return kept
    if not reference or sold.amount <= 0 or bought.amount <= 0 or sold.currency == bought.currency:
        raise BadExchange(
            problem=_("Write the bank's reference, two amounts above zero, and two currencies.")
        )
    if sold.rounded() != sold or bought.rounded() != bought:
        raise BadExchange(problem=_("An amount has more decimal places than its currency."))
    table = rates.current()
    worth_sold, worth_bought = (in_euro(money, table) for money in (sold, bought))
    if worth_sold is None or worth_bought is None:
        raise NoRateToday(from_currency=sold.currency, to_currency=bought.currency)
    gain = worth_bought - worth_sold
    entries = ledger.merged(
        [
            ledger.Entry("bank:main", -sold), ledger.Entry("fx:position", sold),
            ledger.Entry("bank:main", bought), ledger.Entry("fx:position", -bought),
            ledger.Entry("fx:position", gain), ledger.Entry("fx:gain_loss", -gain),
        ]
    )  # fmt: skip
    books.post("bank_exchange", reference, entries, at=at)
    return BankExchange.objects.create(
        reference=reference, sold_amount=sold.amount, sold_currency=sold.currency,
        bought_amount=bought.amount, bought_currency=bought.currency, gain_amount=gain.amount,
        table_version=table.version, entered_by=by, entered_at=at,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Preview:
    """What a seller would get: amount, market rate, our margin in money, what arrives, and rates' day."""

    given: Money
    market: Decimal
    rate: Decimal
    spread_bp: int
    at_market: Money
    margin: Money
    arrives: Money
    as_of: date
    source: str
    certain: bool


def preview(given: Money, currency: str, *, on: date, table: RateTable | None = None) -> Preview:
    """Work out what `given` becomes in another currency today; raise NoRateToday without a rate."""
    table = table or rates.current()
    try:
        found = table.customer_rate(currency, given.currency, Tier.SELLER)
    except rates.NoRate:
        raise NoRateToday(from_currency=given.currency, to_currency=currency) from None
    at_market = table.convert(given, currency).rounded()
    arrives = Money(given.amount / found.rate, currency).rounded()
    return Preview(
        given, 1 / found.market, 1 / found.rate, found.spread_bp, at_market, at_market - arrives, arrives,
        found.as_of, found.source, table.certainty(on, given.currency, currency) == Certainty.FIXED,
    )  # fmt: skip


@transaction.atomic
def choose_payout_currency(*, seller: str, currency: str, by: User, at: datetime) -> None:
    """Keep in which currency a seller is paid; empty: each balance in its own."""
    if currency and currency not in CURRENCIES:
        raise BadExchange(problem=_("Choose a currency of the list."))
    if not currency:
        PayoutChoice.objects.filter(seller=seller).delete()
        return
    if currency != "EUR" and not rates.current().has(currency):
        raise NoRateToday(from_currency="EUR", to_currency=currency)
    PayoutChoice.objects.update_or_create(
        seller=seller, defaults={"currency": currency, "chosen_by": by, "chosen_at": at}
    )


@transaction.atomic
def exchange_for_seller(*, seller: str, given: str, currency: str, at: datetime) -> SellerExchange | None:
    """Change what is ready in one currency into another; None when there is nothing above zero to change.

    Both legs are lines of the seller's balance; at the market rate they meet in the exchange position, and
    the difference to the seller's rate is our margin. A stale rate is refused and nothing moves.
    """
    rows = Earning.objects.payable().filter(seller=seller, currency=given).select_for_update(of=("self",))
    ready = Money(
        Earning.objects.filter(pk__in=[row.pk for row in rows]).aggregate(sum=Sum("amount"))["sum"]
        or Decimal(0),
        given,
    ).rounded()
    if ready.amount <= 0:
        return None
    seen = preview(ready, currency, on=at.date())
    if not seen.certain:
        raise NoRateToday(from_currency=given, to_currency=currency)
    if seen.arrives.amount <= 0:
        return None
    number = next_number("FX", year=at.year)
    owed = books.balance(f"seller:{seller}:payable", given)
    taken = min(owed, ready)
    entries = [
        ledger.Entry(f"seller:{seller}:payable", taken),
        ledger.Entry(f"seller:{seller}:receivable", ready - taken),
        ledger.Entry("fx:position", -ready),
        ledger.Entry("fx:position", seen.at_market),
        ledger.Entry("fx:spread", -seen.margin),
        ledger.Entry(f"seller:{seller}:payable", -seen.arrives),
    ]
    books.post("seller_exchange", number, ledger.merged(entries), at=at)
    _line(Earning.Kind.CHARGE, number, seller, -ready, at)
    _line(Earning.Kind.CREDIT, number, seller, seen.arrives, at)
    return SellerExchange.objects.create(
        number=number, seller=seller, from_amount=ready.amount, from_currency=given,
        to_amount=seen.arrives.amount, to_currency=currency, market=seen.market, rate=seen.rate,
        spread_bp=seen.spread_bp, as_of=seen.as_of, source=seen.source[:200], exchanged_at=at,
    )  # fmt: skip


def _line(kind: Earning.Kind, number: str, seller: str, amount: Money, at: datetime) -> None:
    charge = kind == Earning.Kind.CHARGE
    Earning.objects.create(
        number=f"{number}:{kind.value}", kind=kind, seller=seller, order_number=number,
        state=Earning.State.AVAILABLE, goods_amount=Decimal(0) if charge else amount.amount,
        commission_amount=-amount.amount if charge else Decimal(0), amount=amount.amount,
        currency=amount.currency, earned_at=at, available_at=at,
    )  # fmt: skip


def exchange_chosen(at: datetime) -> list[SellerExchange]:
    """Change the ready balances of all sellers that chose another currency; refused ones wait."""
    made = []
    for choice in PayoutChoice.objects.all():
        given = (
            Earning.objects.payable()
            .filter(seller=choice.seller)
            .exclude(currency=choice.currency)
            .order_by("currency")
            .values_list("currency", flat=True)
            .distinct()
        )
        for currency in list(given):
            ready = Earning.objects.payable().filter(seller=choice.seller, currency=currency)
            money = Money(ready.aggregate(sum=Sum("amount"))["sum"] or Decimal(0), currency)
            worth = in_euro(money, rates.current()) if money.currency in CURRENCIES else None
            if worth is None or worth.amount < Decimal(settings.PAYOUT_MINIMUM_EUR):
                continue  # too little to change: it rolls into the next run
            try:
                done = exchange_for_seller(
                    seller=choice.seller, given=currency, currency=choice.currency, at=at
                )
            except NoRateToday:
                continue
            if done is not None:
                made.append(done)
    return made
