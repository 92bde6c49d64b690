"""Work on the desks, so that none is empty: bank accounts, payouts, a question, a change, a shared box."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Final

from catalog import actions as catalog
from catalog.models import Product, ProductState
from customs import actions as customs
from customs.models import CodeQuestion
from logistics import containers
from logistics.models import Container, Hub, Mode
from marketplace.accounts import actions as accounts
from marketplace.accounts.models import Company, Invitation, User
from marketplace.demo import clock
from marketplace.events.bus import told_to_nobody
from marketplace.kit.money import Money
from orders.payments import actions as payments
from orders.payments.models import BankAccount, Payout, PayoutState

OPENED: Final = timedelta(days=275)
LAST_RUN: Final = timedelta(days=6)
QUESTION: Final = ("PRD-027", "bowl of spun bamboo with lacquer")
CHANGED: Final = (
    "PRD-019",
    "A market basket of sisal, coiled by hand, with handles of goat leather. About 20 litres.",
)


def play(*, at: datetime, say: Callable[[str], None]) -> None:
    """Load what is missing; a second run adds nothing."""
    with told_to_nobody():
        _accounts(at - OPENED)
        if not Payout.objects.exists():
            with clock.set_to(at - LAST_RUN):
                _payouts(at - LAST_RUN)
        _question(at - timedelta(hours=5))
        _change(at - timedelta(hours=3))
        _box(at)
    say("Payouts, a question about a code, a changed listing and a shared box wait at the desks.")


def _accounts(at: datetime) -> None:
    """Give each maker of the demo world an invented account at home."""
    known = set(BankAccount.objects.values_list("seller", flat=True))
    for maker in Company.objects.filter(is_seller=True, number__regex="^COM-[A-Z]{2}[0-9]$"):
        if maker.number not in known:
            payments.set_bank_account(
                seller=maker.number, currency=maker.currency, country=maker.country, holder=maker.name,
                account=account_of(maker), bank_name="Demo bank", at=at,
            )  # fmt: skip


def account_of(maker: Company) -> str:
    """Invent an account number that passes the check of its country."""
    digits = f"{maker.pk:016d}"
    if maker.country != "TR":
        return digits
    rest = f"000990{digits}"  # no bank has this code
    check = 98 - int(f"{rest}292700") % 97
    return f"TR{check:02d}{rest}"


def _payouts(at: datetime) -> None:
    """Prepare last week's payouts: the bank has paid two of three, the others wait for us."""
    first, second = (
        User.objects.get(email=f"{name}@demo.sampan.example") for name in ("finance", "finance2")
    )
    for count, payout in enumerate(payments.run_payouts(at)):
        if count % 3 == 0:
            continue
        if payout.state == PayoutState.PREPARED:
            for person in (first, second):
                payments.approve_payout(number=payout.number, by=person, at=at)
        payments.mark_sent(numbers=[payout.number], by=first, at=at)
        payments.confirm_payout(
            number=payout.number, bank_reference=f"DEMO-{at:%y%m%d}-{count:03}", by=second,
            at=at + timedelta(days=1),
        )  # fmt: skip


def _question(at: datetime) -> None:
    """Let a maker ask our customs desk for a code, and invite a colleague."""
    number, words = QUESTION
    product = Product.objects.filter(number=number).select_related("seller").first()
    if product is None or CodeQuestion.objects.filter(product_number=number).exists():
        return
    maker = User.objects.filter(company=product.seller).order_by("pk")[0]
    customs.ask_person(seller=product.seller, number=number, query=words, shown=[], by=maker, at=at)
    if not Invitation.objects.filter(company=product.seller).exists():
        accounts.invite(
            company=product.seller,
            by=maker,
            email="new.colleague@demo.sampan.example",
            role="fulfilment",
            at=at,
        )


def _change(at: datetime) -> None:
    """Let a maker write a listing anew; the trust desk has not looked yet."""
    number, words = CHANGED
    product = Product.objects.filter(number=number, state=ProductState.LIVE).select_related("seller").first()
    if product is None or product.changes or product.description == words:
        return
    catalog.save_draft(seller=product.seller, number=number, fields={"description": words})
    catalog.submit(product_id=product.pk, at=at)


def _box(at: datetime) -> None:
    """Open a shared container that leaves next week."""
    hub, to = (Hub.objects.filter(code=code).first() for code in ("BUE", "SHA"))
    if hub is None or Container.objects.exists():
        return
    containers.open_container(
        hub=hub, to=to, mode=Mode.SEA, cut_off_at=at + timedelta(days=5),
        departs_on=(at + timedelta(days=8)).date(), capacity_kg=Decimal(18_000), capacity_cbm=Decimal(28),
        price=Money(Decimal(2_400), "USD"),
    )  # fmt: skip
