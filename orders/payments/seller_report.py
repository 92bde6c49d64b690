"""What a platform tells tax offices about its sellers each year (Directive (EU) 2021/514, "DAC7").

Each quarter: what was paid or credited to the seller, the fees kept, how many sales. A seller of goods with
fewer than 30 sales and at most EUR 2,000 in the year is left out (annex V, section I, B(4)(d)), and so is one
who does not live in the Union. The file is ours: the tax office's own form is filled from it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from customs.grounds import EU
from marketplace.accounts.models import Company
from marketplace.currency import rates
from marketplace.kit.money import Money
from orders.payments.models import BankAccount, Earning
from orders.payments.worth import in_euro

FEWEST_SALES: Final = 30
LOWEST_EURO: Final = Decimal(2000)
SALES: Final = (Earning.Kind.SALE, Earning.Kind.REFUND)


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of one seller in one currency."""

    number: int
    paid: Money
    fees: Money
    sales: int


@dataclass(frozen=True, slots=True)
class SellerYear:
    """A seller's year in one currency, and why it is (not) reported."""

    seller: str
    name: str
    address: str
    country: str
    tax_number: str
    account: str
    currency: str
    quarters: tuple[Quarter, ...]
    reported: bool
    why: str


def seller_report(year: int) -> list[SellerYear]:
    """Put the year of every seller together, by currency."""
    start, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    sums: dict[tuple[str, str], dict[int, list[Decimal | int]]] = defaultdict(
        lambda: {q: [Decimal(0), Decimal(0), 0] for q in (1, 2, 3, 4)}
    )
    rows = Earning.objects.filter(earned_at__gte=start, earned_at__lt=end, kind__in=SALES)
    for seller, currency, at, amount, fee, kind in rows.values_list(
        "seller", "currency", "earned_at", "amount", "commission_amount", "kind"
    ).iterator(2000):
        quarter = sums[(seller, currency)][(at.month - 1) // 3 + 1]
        quarter[0] += amount
        quarter[1] += fee
        quarter[2] += kind == Earning.Kind.SALE
    return _years(sums)


def _years(sums: dict[tuple[str, str], dict[int, list[Decimal | int]]]) -> list[SellerYear]:
    companies = {c.number: c for c in Company.objects.filter(number__in={seller for seller, _ in sums})}
    accounts = {(a.seller, a.currency): a.account for a in BankAccount.objects.filter(replaced_at=None)}
    table, made = rates.current(), []
    sales: dict[str, int] = defaultdict(int)
    worth: dict[str, Decimal | None] = defaultdict(lambda: Decimal(0))
    for (seller, currency), quarters in sums.items():
        sales[seller] += sum(int(q[2]) for q in quarters.values())
        value = in_euro(Money(sum((Decimal(q[0]) for q in quarters.values()), Decimal(0)), currency), table)
        before = worth[seller]
        worth[seller] = None if value is None or before is None else before + value.amount
    for (seller, currency), quarters in sorted(sums.items()):
        company = companies.get(seller)
        why = _why_not(company, sales[seller], worth[seller])
        ids = (company.tax_ids or {}) if company else {}
        made.append(
            SellerYear(
                seller, company.name if company else seller,
                f"{company.street}, {company.postal_code} {company.town}" if company else "",
                company.country if company else "", str(ids.get("TIN") or ids.get("VAT") or ""),
                accounts.get((seller, currency), ""), currency,
                tuple(
                    Quarter(n, Money(Decimal(q[0]), currency).rounded(),
                            Money(Decimal(q[1]), currency).rounded(), int(q[2]))
                    for n, q in quarters.items()
                ),
                reported=not why, why=why,
            )
        )  # fmt: skip
    return made


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
    "sales", "reported", "why not",
]  # fmt: skip


def as_rows(years: Sequence[SellerYear]) -> Iterator[list[str]]:
    """Give the report as a table: a line for each quarter."""
    yield HEAD
    for year in years:
        for quarter in year.quarters:
            yield [
                year.seller, year.name, year.address, year.country, year.tax_number, year.account,
                year.currency, str(quarter.number), f"{quarter.paid.amount:f}", f"{quarter.fees.amount:f}",
                str(quarter.sales), "yes" if year.reported else "no", year.why,
            ]  # fmt: skip


def as_xml(years: Sequence[SellerYear], year: int) -> bytes:
    """Write the sellers to report as XML; the words of the elements are those of the Directive."""
    root = Element("PlatformReport", year=str(year))
    for one in years:
        if not one.reported:
            continue
        seller = SubElement(root, "ReportableSeller", number=one.seller)
        for name, text in (
            ("Name", one.name), ("Address", one.address), ("ResidenceCountry", one.country),
            ("TIN", one.tax_number), ("FinancialAccount", one.account),
        ):  # fmt: skip
            SubElement(seller, name).text = text
        for quarter in one.quarters:
            part = SubElement(seller, "Quarter", number=str(quarter.number))
            SubElement(part, "Consideration", currency=one.currency).text = f"{quarter.paid.amount:f}"
            SubElement(part, "Fees", currency=one.currency).text = f"{quarter.fees.amount:f}"
            SubElement(part, "NumberOfActivities").text = str(quarter.sales)
    indent(root)
    body: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return body
