"""What a platform tells tax offices about its sellers each year (Directive (EU) 2021/514, "DAC7").

Each quarter, in the currency that was paid or credited: the consideration net of what we kept, our fees, the
tax on them, how many sales (annex V, section III, B(3)(f) to (h); "consideration": section I, A(10)).
Left out are sellers of goods with fewer than 30 sales and at most EUR 2,000 in the year (annex V, section I,
B(4)(d)), and those who do not live in the Union. What we must know of a seller and do not is a task (section
II, B(2)).
`dpi.py` writes the message for the tax office.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from customs.grounds import EU
from marketplace.accounts.models import Company
from marketplace.currency import rates
from marketplace.kit.money import Money
from orders.payments.models import BankAccount, Earning
from orders.payments.worth import in_euro

KINDS: Final = (Earning.Kind.SALE, Earning.Kind.REFUND, Earning.Kind.CHARGE, Earning.Kind.KEPT)
TAX_ON_FEES: Final = "COM-"
FEWEST_SALES: Final = 30
LOWEST_EURO: Final = Decimal(2000)


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of one seller in one currency."""

    number: int
    paid: Money
    fees: Money
    taxes: Money
    sales: int


@dataclass(slots=True)
class _Sum:
    paid: Decimal = Decimal(0)
    fees: Decimal = Decimal(0)
    taxes: Decimal = Decimal(0)
    sales: int = 0

    def shown(self, number: int, currency: str) -> Quarter:
        paid, fees, taxes = (Money(m, currency).rounded() for m in (self.paid, self.fees, self.taxes))
        return Quarter(number, paid, fees, taxes, self.sales)


Sums = dict[tuple[str, str], dict[int, _Sum]]


@dataclass(frozen=True, slots=True)
class Task:
    """Something we must ask a seller for; `blocks` keeps the seller out of the message until then."""

    words: str | Promise
    blocks: bool


@dataclass(frozen=True, slots=True)
class SellerYear:
    """A seller's year in one currency, why it is (not) reported, and what we lack to report it."""

    seller: str
    name: str
    country: str
    street: str
    postal_code: str
    town: str
    tax_number: str
    vat: str
    registration: str
    account: str
    currency: str
    quarters: tuple[Quarter, ...]
    why: str
    tasks: tuple[Task, ...] = ()

    @property
    def reported(self) -> bool:
        return not self.why

    @property
    def blocked(self) -> bool:
        """Tell whether the message to the tax office must wait for something."""
        return any(task.blocks for task in self.tasks)

    @property
    def address(self) -> str:
        return f"{self.street}, {self.postal_code} {self.town}" if self.town else ""


def seller_report(year: int) -> list[SellerYear]:
    """Put the year of every seller together, by currency."""
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    sums: Sums = defaultdict(lambda: {q: _Sum() for q in (1, 2, 3, 4)})
    rows = Earning.objects.filter(earned_at__gte=start, earned_at__lt=end, kind__in=KINDS)
    # An exchange moves a seller's own money from one currency to another: nobody paid it.
    for number, seller, currency, at, amount, kept, reference in (
        rows.exclude(order_number__startswith="FX-")
        .values_list(
            "number", "seller", "currency", "earned_at", "amount", "commission_amount", "order_number"
        )
        .iterator(2000)
    ):
        quarter = sums[(seller, currency)][(at.month - 1) // 3 + 1]
        quarter.paid += amount
        if reference.startswith(TAX_ON_FEES):
            quarter.taxes += kept
        else:
            quarter.fees += kept
        # A sale of several parcels or payments has a line for each: the first one counts.
        quarter.sales += number == f"{reference}:sale"
    return _years(sums)


def _years(sums: Sums) -> list[SellerYear]:
    companies = {c.number: c for c in Company.objects.filter(number__in={seller for seller, _ in sums})}
    accounts = {(a.seller, a.currency): a.account for a in BankAccount.objects.filter(replaced_at=None)}
    table, made = rates.current(), []
    sales: dict[str, int] = defaultdict(int)
    worth: dict[str, Decimal | None] = defaultdict(lambda: Decimal(0))
    for (seller, currency), quarters in sums.items():
        sales[seller] += sum(quarter.sales for quarter in quarters.values())
        paid = sum((quarter.paid for quarter in quarters.values()), Decimal(0))
        value, before = in_euro(Money(paid, currency), table), worth[seller]
        worth[seller] = None if value is None or before is None else before + value.amount
    for (seller, currency), quarters in sorted(sums.items()):
        company = companies.get(seller)
        ids = (company.tax_ids or {}) if company else {}
        shown = tuple(quarter.shown(n, currency) for n, quarter in quarters.items())
        why = _why_not(company, sales[seller], worth[seller])
        made.append(
            SellerYear(
                seller, company.name if company else seller, company.country if company else "",
                company.street if company else "", company.postal_code if company else "",
                company.town if company else "", str(ids.get("TIN", "")), str(ids.get("VAT", "")),
                company.registration_note if company else "", accounts.get((seller, currency), ""), currency,
                shown, why, () if why or company is None else tuple(_tasks(company, shown)),
            )
        )  # fmt: skip
    return made


def _tasks(company: Company, quarters: Sequence[Quarter]) -> Iterator[Task]:
    """List what is missing to report a seller."""
    if company.kind == Company.Kind.CONSUMER:
        yield Task(
            _("A private person: fill in first name, last name and day of birth at the tax office"),
            blocks=True,
        )
    if not (company.tax_ids or {}).get("TIN"):
        yield Task(_("Ask for the tax number (TIN)"), blocks=True)
    if not (company.street and company.town):
        yield Task(_("Ask for the address"), blocks=True)
    if not company.registration_note:
        yield Task(_("Ask for the number in the register of firms"), blocks=False)
    if any(min(q.paid.amount, q.fees.amount, q.taxes.amount) < 0 for q in quarters):
        yield Task(_("A quarter is below zero: ask the tax office how it wants it"), blocks=True)


def _why_not(company: Company | None, sales: int, worth: Decimal | None) -> str:
    if company is None:
        return "the seller is not known any more"
    if company.country not in EU:
        return "does not live in the Union"
    if sales < FEWEST_SALES and worth is not None and worth <= LOWEST_EURO:
        return "fewer than 30 sales and at most EUR 2,000"
    return ""


HEAD: Final = [
    "seller", "name", "address", "country", "tax number", "account", "currency", "quarter", "paid", "fees",
    "tax on fees", "sales", "reported", "why not", "to do",
]  # fmt: skip


def as_rows(years: Sequence[SellerYear]) -> Iterator[list[str]]:
    """Give the report as a table: a line for each quarter."""
    yield HEAD
    for year in years:
        for quarter in year.quarters:
            yield [
                year.seller, year.name, year.address, year.country, year.tax_number, year.account,
                year.currency, str(quarter.number), f"{quarter.paid.amount:f}", f"{quarter.fees.amount:f}",
                f"{quarter.taxes.amount:f}", str(quarter.sales), "yes" if year.reported else "no", year.why,
                "; ".join(str(task.words) for task in year.tasks),
            ]  # fmt: skip
