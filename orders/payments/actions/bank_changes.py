"""A seller changes where the money goes: kept, told to the whole company at once, and used after 48 hours."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.accounts.models import Company, User
from marketplace.notifications.actions import notify
from orders.payments.actions.payouts import set_bank_account
from orders.payments.models import BankAccount


@transaction.atomic
def change_bank_account(
    *, company: Company, currency: str, holder: str, account: str, bic: str, by: User, at: datetime
) -> BankAccount:
    """Keep the account and warn the company, so that a thief's change is seen before money moves."""
    kept = set_bank_account(
        seller=company.number, currency=currency, country=company.country, holder=holder, account=account,
        bic=bic, at=at,
    )  # fmt: skip
    body = _(
        "%(person)s set the %(currency)s account ending %(ending)s. We pay to it from %(day)s on. "
        "If this was not you, write to us at once."
    ) % {
        "person": by, "currency": currency, "ending": kept.ending,
        "day": f"{kept.usable_from:%Y-%m-%d %H:%M} UTC",
    }  # fmt: skip
    notify(
        company=company, kind="money", title=_("Your bank account was changed"), body=body,
        url="/sell/payouts/", key=f"bank-account-{kept.pk}",
    )  # fmt: skip
    return kept
