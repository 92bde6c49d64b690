"""The monthly statement: opening plus rows is closing, in every month, currency and file."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import pytest
from pypdf import PdfReader

from orders.payments import actions, books
from orders.payments.documents import statement_pdf
from orders.payments.models import Earning
from orders.payments.statement import Statement, as_csv, statement
from tests.payments.world import finance, money, paid, share

pytestmark = pytest.mark.django_db
MONTHS = [datetime(2026, month, 1, tzinfo=UTC) for month in (10, 11, 12)] + [datetime(2027, 1, 1, tzinfo=UTC)]
CURRENCIES = ("KES", "JPY", "KWD")
# What the goods are in the seller's currency; the fee is 6 %, so 94 % are the seller's.
GOODS = {"KES": "29437.20", "JPY": "10000", "KWD": "71.250"}


def day(month: int, number: int) -> datetime:
    return datetime(2026, month, number, 12, tzinfo=UTC)


@pytest.fixture
def busy() -> None:
    """October: two sales, a refund. November: storage, a payout that comes back in December. Three times."""
    ann = finance("ann")
    for n, currency in enumerate(CURRENCIES):
        actions.set_bank_account(
            seller="C-KE1", currency=currency, country="KE", holder="Kamba", account=f"01102233441{n}",
            at=day(9, 1),
        )  # fmt: skip
        orders = [f"ORD-{currency}-{one}" for one in (1, 2)]
        shares = {number: share(seller_goods=money(GOODS[currency], currency)) for number in orders}
        paid(f"GRP-{n}", shares)
        for number in orders:
            actions.earn(number, day(10, 5 + n))
            actions.make_available(number, day(10, 20))
        actions.refund(
            orders[0],
            None,
            "a scratch",
            f"scratch-{currency}",
            lines={"goods": money("19.50")},
            at=day(10, 25),
        )
        actions.charge_seller(
            seller="C-KE1", reference=f"STO-{currency}", amount=money("7", currency),
            account="shipping:payable",
            at=day(11, 2),
        )  # fmt: skip
    for payout in actions.run_payouts(day(11, 9)):
        actions.fail_payout(number=payout.number, problem="account closed", by=ann, at=day(12, 3))


def month(currency: str, start: datetime, end: datetime) -> Statement:
    return statement("C-KE1", currency, start=start, end=end)


def amounts(content: bytes) -> list[list[str]]:
    """The amounts of each row of the CSV, opening and closing included."""
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))[1:]
    return [[cell for cell in row[3:7] if cell] for row in rows]


@pytest.mark.parametrize("currency", CURRENCIES)
def test_months_follow_each_other_and_every_row_counts(busy: None, currency: str) -> None:
    shown = [month(currency, *span) for span in pairwise(MONTHS)]

    assert f"{shown[0].opening.amount.normalize():f}" == "0"
    for one, following in pairwise(shown):
        assert one.closing == following.opening
    for one in shown:
        assert one.opening.amount + sum(line.amount.amount for line in one.lines) == one.closing.amount
        assert [line.balance for line in one.lines][-1:] in ([one.closing], [])
    whole = sum(Earning.objects.filter(currency=currency).values_list("amount", flat=True))
    assert shown[-1].closing.amount == whole == books.balance("seller:C-KE1:payable", currency).amount
    assert [line.words for line in shown[2].lines] == ["Payout that came back"]


def test_the_figures_of_october_by_hand(busy: None) -> None:
    """KES 29,437.20 less 6 % (1,766.23) is 27,670.97, twice; a tenth of one goes back: 2,943.72 − 176.62."""
    october = month("KES", MONTHS[0], MONTHS[1])

    assert [f"{line.amount.amount}" for line in october.lines] == ["27670.97", "27670.97", "-2767.10"]
    assert f"{october.closing}" == "KES 52574.84"
    november = month("KES", MONTHS[1], MONTHS[2])
    assert [f"{line.amount.amount}" for line in november.lines] == ["-7.00", "-52567.84"]
    assert f"{november.closing}" == "KES 0.00"


@pytest.mark.parametrize("currency", CURRENCIES)
@pytest.mark.parametrize("which", [0, 1, 2])
def test_paper_and_table_say_the_same(busy: None, currency: str, which: int) -> None:
    given = month(currency, MONTHS[which], MONTHS[which + 1])

    table = amounts(as_csv(given))
    pages = PdfReader(io.BytesIO(statement_pdf(given, "Kamba Weavers"))).pages
    text = "\n".join(page.extract_text() for page in pages)

    printed = [found.replace(",", "") for found in re.findall(r"-?\d[\d,]*(?:\.\d+)?", text)]
    wanted = [amount for row in table for amount in row]
    for amount in set(wanted):
        assert printed.count(amount) >= wanted.count(amount), amount
    assert Decimal(table[0][0]) == given.opening.amount
    assert Decimal(table[-1][0]) == given.closing.amount


@pytest.mark.parametrize("kind", list(Earning.Kind))
def test_every_kind_of_line_has_its_words(kind: Earning.Kind) -> None:
    Earning.objects.create(
        number="X", kind=kind, seller="C-KE1", order_number="ORD-1", state="AVAILABLE", goods_amount=5,
        commission_amount=0, amount=5, currency="KES", earned_at=day(10, 3), available_at=day(10, 3),
    )  # fmt: skip

    given = month("KES", MONTHS[0], MONTHS[1])

    assert all(line.words for line in given.lines)
    assert f"{given.closing}" == "KES 5.00"


def test_a_statement_of_two_hundred_rows_still_adds_up() -> None:
    paid("GRP-1", {f"ORD-{n}": share() for n in range(200)})
    for n in range(200):
        actions.earn(f"ORD-{n}", day(10, 1 + n % 28))

    given = month("KES", MONTHS[0], MONTHS[1])

    assert f"{given.closing}" == "KES 5534194.00"
    assert len(amounts(as_csv(given))) == 202
    assert len(PdfReader(io.BytesIO(statement_pdf(given, "Kamba Weavers"))).pages) > 3
