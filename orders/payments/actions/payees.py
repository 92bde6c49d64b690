"""Nobody is paid while their name is near a listed one: screened when entered, and before each payout."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customs import actions as customs
from customs.screening import Party
from marketplace.accounts.models import Company
from marketplace.kit.refusal import Refusal
from marketplace.notifications.actions import notify
from orders.payments.models import BankAccount, Payout, PayoutState, PayoutStop, Rail


class NameNotCleared(Refusal):
    """A payout waits until the customs or trust desk has cleared the name."""

    words = gettext_lazy(
        "The payout {number} waits: the name {name} is near a listed one. "
        "The customs or trust desk must clear it first."
    )


@transaction.atomic
def screen_account(account_id: int, *, at: datetime) -> bool:
    """Compare the holder of a bank account with the lists; says whether payments to it must wait."""
    account = BankAccount.objects.get(pk=account_id)
    found = customs.screen_payee(_holder(account), about=_about(account.seller, account.currency), at=at)
    if found:
        _stop(account.seller, account.currency, account.holder, at)
    return bool(found)


def must_wait(seller: str, currency: str, account: BankAccount | None, *, at: datetime) -> bool:
    """Screen whom the next payout goes to; a near name stops it with the reason kept, a cleared one lifts it.

    Without an account of ours the payment service pays, to the company by its own name.
    """
    party = _holder(account) if account else _company(seller)
    if customs.screen_payee(party, about=_about(seller, currency), at=at):
        _stop(seller, currency, party.name, at)
        return True
    PayoutStop.objects.filter(seller=seller, currency=currency, lifted_at=None).update(lifted_at=at)
    return False


def waits_for_name(payout: Payout, at: datetime) -> bool:
    """Tell whether the payee of a prepared payout must be cleared first; a list may have changed since."""
    party = _holder(payout.bank_account) if payout.bank_account else _company(payout.seller)
    return bool(customs.stopping(party, at.date()))


def ready_for_bank(at: datetime) -> list[Payout]:
    """Give the approved payouts of our bank whose payee nobody has to clear."""
    rows = Payout.objects.filter(state=PayoutState.APPROVED, rail=Rail.BANK)
    return [p for p in rows.select_related("bank_account").order_by("number") if not waits_for_name(p, at)]


def _holder(account: BankAccount) -> Party:
    return Party(account.holder, account.country, firm=True)


def _company(seller: str) -> Party:
    company = Company.objects.filter(number=seller).first()
    return Party(company.name, company.country, firm=True) if company else Party(seller)


def _about(seller: str, currency: str) -> str:
    return f"payout to {seller} in {currency}"


def _stop(seller: str, currency: str, name: str, at: datetime) -> None:
    """Keep the reason once, and tell the seller in words that accuse nobody."""
    stop, fresh = PayoutStop.objects.get_or_create(
        seller=seller, currency=currency, lifted_at=None, defaults={"name": name[:160], "stopped_at": at}
    )
    company = Company.objects.filter(number=seller).first()
    if fresh and company is not None:
        notify(
            company=company, kind="money", title=_("Your payout waits for a check of a name"),
            body=_(
                "We compare every name that we pay with official lists. A person looks at yours now. "
                "You need not do anything; we pay as soon as the check is done."
            ),
            url="/sell/payouts/", key=f"payout-stop-{stop.pk}",
        )  # fmt: skip
