"""Margins on exchange: two people, a day to begin, the effect on example amounts by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
import time_machine
from django.test import Client

from marketplace.accounts.models import User
from marketplace.currency import margins, rates
from marketplace.currency.actions import AlreadyDecided, NotYourDesk
from marketplace.currency.margins import BadMargin, Wanted
from marketplace.currency.models import SpreadChange, SpreadRule
from marketplace.currency.table import RateTable
from marketplace.events.models import Event

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
TODAY = NOON.date()
PAGE = "/console/exchange/margins/"
# EUR 1 = KES 150, USD 1.20
TABLE = RateTable(TODAY, "test", {"KES": Decimal(150), "USD": Decimal("1.20")})


def person(name: str, desk: str = "finance") -> User:
    return User.objects.create_user(f"{name}@x.example", is_staff=True, desk=desk, name=name)


def proposed(points: int | None = 120, day: date = TODAY, **more: str) -> SpreadChange:
    wanted = Wanted(more.get("base", "KES"), more.get("quote", "EUR"), more.get("tier", ""), points)
    by = User.objects.filter(email="ann@x.example").first() or person("ann")
    return margins.propose(wanted, valid_from=day, reason="The bank takes more", by=by, at=NOON)


def bp(base: str, quote: str, tier: str = "") -> int:
    rates.forget()
    return rates.current().spread_bp(base, quote, tier)


def test_the_effect_is_shown_on_example_amounts():
    """KES 1,000 is EUR 6.6667; with 0.5 % 6.70, with 1.2 % 6.7467 → 6.75; KES 10 stays 0.07."""
    found = margins.effects(TABLE, Wanted("KES", "EUR", "", 120))

    assert [(f"{e.amount}", f"{e.now}", f"{e.then}", f"{e.more}") for e in found] == [
        ("KES 10", "EUR 0.07", "EUR 0.07", "EUR 0.00"),
        ("KES 100", "EUR 0.67", "EUR 0.67", "EUR 0.00"),
        ("KES 1000", "EUR 6.70", "EUR 6.75", "EUR 0.05"),
    ]
    assert {(e.basis_points, e.then_points) for e in found} == {(50, 120)}


def test_the_end_of_a_rule_shows_what_the_wider_rule_takes():
    """USD 1,000 at 0.8333: 2 % makes 850.00, the usual 0.5 % 837.50."""
    table = RateTable(TODAY, "test", TABLE.per_euro, spreads={("USD", "EUR", ""): 200})

    last = margins.effects(table, Wanted("USD", "EUR", "", None))[-1]

    assert (last.basis_points, last.then_points, f"{last.now}", f"{last.then}") == (
        200, 50, "EUR 850.00", "EUR 837.50",
    )  # fmt: skip


def test_a_margin_counts_from_its_day_when_a_second_person_agreed():
    with time_machine.travel(NOON, tick=False):
        change = proposed(120, TODAY + timedelta(days=2))
        margins.agree(number=change.number, by=person("bob"), at=NOON)
        assert bp("KES", "EUR") == 50
    with time_machine.travel(NOON + timedelta(days=2), tick=False):
        assert (bp("KES", "EUR"), bp("KES", "USD")) == (120, 50)
    rates.forget()
    assert Event.objects.filter(name="MarginChanged").count() == 1


def test_a_tier_has_its_own_margin_and_the_newest_change_wins():
    SpreadRule.objects.create(base="KES", quote="EUR", basis_points=90)
    bob = person("bob")
    with time_machine.travel(NOON, tick=False):
        for points, tier in ((30, "business"), (70, ""), (None, ""), (80, "seller")):
            margins.agree(number=proposed(points, tier=tier).number, by=bob, at=NOON)

        assert [bp("KES", "EUR", tier) for tier in ("", "business", "seller")] == [50, 30, 80]
    rates.forget()


def test_who_proposed_may_not_agree_and_a_decision_is_made_once():
    change, ann = proposed(), User.objects.get(email="ann@x.example")

    with pytest.raises(margins.SecondPersonNeeded):
        margins.agree(number=change.number, by=ann, at=NOON)
    with pytest.raises(NotYourDesk):
        margins.agree(number=change.number, by=person("tom", "trust"), at=NOON)
    assert bp("KES", "EUR") == 50
    bob = person("bob")
    margins.reject(number=change.number, by=bob, at=NOON)
    with pytest.raises(AlreadyDecided):
        margins.agree(number=change.number, by=bob, at=NOON)
    assert bp("KES", "EUR") == 50


@pytest.mark.parametrize(
    ("base", "quote", "tier", "points", "day", "words"),
    [
        ("XXQ", "EUR", "", 50, TODAY, "XXQ is not a currency"),
        ("EUR", "EUR", "", 50, TODAY, "into itself"),
        ("KES", "EUR", "", 2000, TODAY, "from 0 to 1999"),
        ("KES", "EUR", "gold", 50, TODAY, "for whom"),
        ("KES", "EUR", "", 50, TODAY - timedelta(days=1), "first day is over"),
    ],
)
def test_a_wrong_margin_is_refused_in_words(base, quote, tier, points, day, words):
    with pytest.raises(BadMargin, match=words):
        margins.propose(
            Wanted(base, quote, tier, points), valid_from=day, reason="x", by=person("a"), at=NOON
        )

    assert not SpreadChange.objects.exists()


def test_the_page_from_proposal_to_decision(client: Client):
    ann, bob = person("ann"), person("bob")
    client.force_login(ann)
    assert "No margin was changed yet." in client.get(PAGE).content.decode()
    form = {"base": "usd", "quote": "EUR", "tier": "", "points": "130", "reason": "The bank takes more"}
    assert "130 bp" in client.get(PAGE, form).content.decode()
    assert "is not a currency" in client.get(PAGE, form | {"base": "QQQ"}).content.decode()

    today = datetime.now(UTC).date()
    wrong = client.post(f"{PAGE}proposals/", form | {"valid_from": "soon"})
    assert (wrong.status_code, 'value="130"' in wrong.content.decode()) == (422, True)
    assert (
        client.post(f"{PAGE}proposals/", form | {"valid_from": today.isoformat(), "points": "x"}).status_code
        == 422
    )
    assert client.post(f"{PAGE}proposals/", form | {"valid_from": today.isoformat()}).status_code == 302
    change = SpreadChange.objects.get()
    shown = client.get(PAGE).content.decode()
    assert "You proposed it" in shown
    assert client.post(f"{PAGE}{change.number}/decision/", {"step": "agree"}).status_code == 409

    client.force_login(bob)
    assert client.post(f"{PAGE}{change.number}/decision/", {"step": "agree"}).status_code == 302
    assert bp("USD", "EUR") == 130
    assert "ann, bob" in client.get(PAGE).content.decode()
    client.force_login(person("tom", "trust"))
    assert client.get(PAGE).status_code == 403


def test_pages_with_many_rules_and_changes_open(client: Client):
    ann, bob = person("ann"), person("bob")
    for n in range(60):
        change = margins.propose(
            Wanted("KES", "EUR", "", n), valid_from=TODAY, reason=f"try {n}", by=ann, at=NOON
        )
        if n % 2:
            margins.agree(number=change.number, by=bob, at=NOON)
    client.force_login(bob)

    first, second = (client.get(PAGE, {"page": str(n)}).content.decode() for n in (1, 2))

    assert "try 59" in first
    assert "try 1<" in second
