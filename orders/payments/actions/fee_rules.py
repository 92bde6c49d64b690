"""Rules of our fee: one person proposes, another agrees; sales that were made keep their fee."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import User
from marketplace.kit.money import CURRENCIES
from marketplace.kit.refusal import Refusal
from orders.payments import commission
from orders.payments.actions.payouts import NotYourDesk
from orders.payments.models import CommissionRule

MOST: Final = Decimal("0.5")


class BadFeeRule(Refusal):
    """The rule cannot be as it was written."""

    words = _("{problem} Nothing was proposed.")
    status = 422


class AnotherPersonNeeded(Refusal):
    """The person who proposed may not agree."""

    words = _("A change of our fee needs two people: somebody else must agree.")


class NothingWaits(Refusal):
    """The proposal was decided already."""

    words = _("This proposal was decided already.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A rule as a person writes it."""

    component: str
    valid_from: date
    rate: Decimal = Decimal(0)
    name: str = ""
    category: str = ""
    country: str = ""
    seller: str = ""
    tier: str = ""
    destination: str = ""
    currency: str = ""
    least: Decimal | None = None
    below: Decimal | None = None
    fixed: Decimal | None = None
    floor: Decimal | None = None
    cap: Decimal | None = None
    reason: str = ""


def _checked(wanted: Wanted, today: date) -> None:
    """Refuse a rule that says too little or too much, with the first thing to mend."""
    given = (wanted.least, wanted.below, wanted.fixed, wanted.floor, wanted.cap)
    amounts = [amount for amount in given if amount is not None]
    tiers = {name for _least, name in commission.TIERS}
    one, floor, cap = wanted.component, wanted.floor, wanted.cap
    wrong = (
        (one not in commission.ORDER, _("Choose one of the components.")),
        (not -MOST <= wanted.rate <= MOST, _("A rate is between −50 and 50 percent.")),
        (
            one in {commission.BASE, commission.PAYMENT} and wanted.rate < 0,
            _("This component cannot be below zero."),
        ),
        (
            bool(amounts) and wanted.currency not in CURRENCIES,
            _("Amounts need their currency, such as EUR."),
        ),
        (any(amount < 0 for amount in amounts), _("Amounts are not below zero.")),
        (
            floor is not None and cap is not None and floor > cap,
            _("The least amount is above the most."),
        ),
        (
            one == commission.BAND and wanted.least is None and wanted.below is None,
            _("A value band needs its limits."),
        ),
        (one == commission.TIER and wanted.tier not in tiers, _("Choose one of the tiers.")),
        (one == commission.LANE and not wanted.destination, _("Choose the country of delivery.")),
        (one == commission.FIXED and wanted.fixed is None, _("Write the fixed amount.")),
        (
            one == commission.LIMIT and floor is None and cap is None,
            _("Write the least or the most for an order."),
        ),
        (
            wanted.valid_from < today,
            _("A rule begins today or later: sales that were made keep their fee."),
        ),
        (len(wanted.reason.strip()) < 5, _("Say why, so that the second person can judge.")),
    )
    if problem := next((words for bad, words in wrong if bad), None):
        raise BadFeeRule(problem=problem)


@transaction.atomic
def propose_fee_rule(*, wanted: Wanted, by: User, today: date) -> CommissionRule:
    """Write a rule down; it counts when another person agrees."""
    if not by.has_desk(User.Desk.FINANCE):
        raise NotYourDesk
    _checked(wanted, today)
    return CommissionRule.objects.create(
        component=wanted.component, name=wanted.name[:80], category=wanted.category, country=wanted.country,
        seller=wanted.seller, tier=wanted.tier, destination=wanted.destination, least_amount=wanted.least,
        below_amount=wanted.below, rate=wanted.rate, fixed_amount=wanted.fixed, floor_amount=wanted.floor,
        cap_amount=wanted.cap, currency=wanted.currency, valid_from=wanted.valid_from,
        reason=wanted.reason.strip()[:200], proposed_by=by,
    )  # fmt: skip


@transaction.atomic
def propose_fee_end(*, rule_id: int, last_day: date, by: User, today: date) -> CommissionRule:
    """Ask for the end of a rule that is in force."""
    if not by.has_desk(User.Desk.FINANCE):
        raise NotYourDesk
    rule = CommissionRule.objects.select_for_update(of=("self",)).get(pk=rule_id)
    if rule.valid_to is not None or (rule.proposed_by_id and not rule.agreed_by_id):
        raise NothingWaits
    if last_day < max(today, rule.valid_from):
        raise BadFeeRule(problem=_("A rule ends today or later: sales that were made keep their fee."))
    rule.end_proposed_by, rule.end_proposed_on = by, last_day
    rule.save(update_fields=["end_proposed_by", "end_proposed_on"])
    return rule


@transaction.atomic
def decide_fee_rule(*, rule_id: int, agree: bool, by: User, today: date) -> CommissionRule | None:
    """Agree to a proposal as the second person, or drop it; a rule never counts before the agreement."""
    if not by.has_desk(User.Desk.FINANCE):
        raise NotYourDesk
    rule = CommissionRule.objects.select_for_update(of=("self",)).filter(pk=rule_id).first()
    if rule is None:
        raise NothingWaits
    if rule.proposed_by_id and rule.agreed_by_id is None:
        if not agree:
            rule.delete()
            return None
        if rule.proposed_by_id == by.pk:
            raise AnotherPersonNeeded
        rule.agreed_by, rule.valid_from = by, max(rule.valid_from, today)
        rule.save(update_fields=["agreed_by", "valid_from"])
    elif rule.end_proposed_by_id and rule.valid_to is None and rule.end_proposed_on:
        if not agree:
            rule.end_proposed_by, rule.end_proposed_on = None, None
        elif rule.end_proposed_by_id == by.pk:
            raise AnotherPersonNeeded
        else:
            rule.ended_by, rule.valid_to = by, max(rule.end_proposed_on, today - timedelta(days=1))
        rule.save(update_fields=["end_proposed_by", "end_proposed_on", "ended_by", "valid_to"])
    else:
        raise NothingWaits
    return rule
