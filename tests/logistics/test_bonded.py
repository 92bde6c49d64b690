from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from logistics.consolidation import Part, largest_remainder, merge
from logistics.insurance import actions as insurance
from logistics.insurance.models import ClaimState, Policy
from logistics.warehousing import actions, bonded, refusals
from logistics.warehousing.actions import lots
from logistics.warehousing.models import BondedEntry, CustomsStatus, StockBalance, Warehouse
from marketplace.accounts.models import User
from marketplace.kit.money import Money

D = Decimal
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
FAR = datetime(2036, 1, 1, tzinfo=UTC)


def usd(amount: str) -> Money:
    return Money(D(amount), "USD")


@pytest.fixture
def shrimp(db) -> StockBalance:
    zone = Warehouse.objects.create(code="CN-YSZ", name="Yangshan bonded", kind="bonded", country="CN")
    return actions.receive(
        "SHRIMP",
        zone,
        221,
        lot_number="L1",
        expires_on=date(2028, 5, 1),
        customs_status=CustomsStatus.BONDED,
        entry_number="CN-ENTRY-1",
        at=NOON,
    )


def test_three_orders_draw_on_one_bonded_entry(shrimp: StockBalance):
    for number, quantity in enumerate((50, 100, 60), 1):
        for _again in range(2):
            bonded.withdraw(
                balance_id=shrimp.pk, lot_number="L1", quantity=quantity, declaration=f"DEC-{number}", at=NOON
            )

    assert list(BondedEntry.objects.values_list("before", "withdrawn", "remaining")) == [
        (221, 50, 171),
        (171, 100, 71),
        (71, 60, 11),
    ]
    assert actions.available(["SHRIMP"], "DE") == {"SHRIMP": 210}
    actions.reserve("ORD-1", {"SHRIMP": 210}, FAR)
    actions.commit("ORD-1")
    actions.ship("ORD-1", at=NOON)
    assert lots.recall(sku="SHRIMP", lot_number="L1") == ["ORD-1"]
    assert bonded.unbalanced() == []


def test_a_withdrawal_beyond_the_lot_or_without_declaration_changes_nothing(shrimp: StockBalance):
    with pytest.raises(actions.StockShort):
        bonded.withdraw(balance_id=shrimp.pk, lot_number="L1", quantity=222, declaration="D", at=NOON)
    with pytest.raises(refusals.NoDeclaration):
        bonded.withdraw(balance_id=shrimp.pk, lot_number="L1", quantity=1, declaration=" ", at=NOON)

    shrimp.refresh_from_db()
    assert (shrimp.quantity, BondedEntry.objects.count()) == (221, 0)


@pytest.mark.django_db
def test_a_temperature_claim_is_paid_by_the_policy_not_by_the_wish():
    """Goods and freight 10,000: insured 11,000.00; frozen clause 0.45 % = 49.50; deductible 1 % = 110.00.

    Loss 4,000 of goods worth 10,000: fully insured, so 4,000 - 110 = 3,890.00.
    """
    insurance.load_products()
    policy = insurance.bind("ORD-1", value=usd("10000"), mode="reefer", goods="frozen", at=NOON)
    assert (policy.insured_amount, policy.premium_amount) == (D(11000), D("49.50"))
    photo = [{"kind": "photo", "document": "DOC-1"}]
    loss: dict[str, Any] = {
        "cause": "temperature", "claimed": usd("4000"), "actual_value": usd("10000"), "evidence": photo,
    }  # fmt: skip

    with pytest.raises(insurance.NotBegun):
        insurance.claim("ORD-1", **loss, at=NOON)
    insurance.begin("ORD-1", at=NOON)
    insurance.end("ORD-1", at=NOON + timedelta(days=40))
    with pytest.raises(insurance.EvidenceMissing):
        insurance.claim("ORD-1", **(loss | {"evidence": []}), at=NOON + timedelta(days=41))
    claim = insurance.claim("ORD-1", **loss, at=NOON + timedelta(days=41))
    assert insurance.claim("ORD-1", **loss, at=NOON + timedelta(days=41)) == claim

    staff = User.objects.create_user("ops@example.com", "secret", is_staff=True)
    done = insurance.decide_claim(claim.number, accept=True, by=staff, note="Logger shows 30 h", at=NOON)
    assert (done.state, done.payout_amount) == (ClaimState.APPROVED, D("3890.00"))
    assert insurance.mark_claim_paid(claim.number, at=NOON).state == ClaimState.PAID
    assert Policy.objects.count() == 1


@pytest.mark.django_db
def test_a_claim_after_its_window_is_refused():
    insurance.load_products()
    insurance.bind("ORD-1", value=usd("100"), mode="air", at=NOON)
    insurance.begin("ORD-1", at=NOON)
    insurance.end("ORD-1", at=NOON)

    with pytest.raises(insurance.ClaimTooLate):
        insurance.claim(
            "ORD-1",
            cause="damaged",
            claimed=usd("50"),
            actual_value=usd("100"),
            evidence=[{"kind": "photo"}],
            at=NOON + timedelta(days=31),
        )


def part(reference: str, **changes) -> Part:
    facts: dict[str, Any] = {
        "reference": reference,
        "destination": "DE-10115",
        "terms": "DDP",
        "dangerous": False,
        "bonded": False,
        "cold": "",
        "value": usd("100"),
        "chargeable_kg": D(1),
        "alone": usd("10"),
    }
    return Part(**(facts | changes))


def test_merged_parcels_share_the_bill_by_weight_to_the_cent():
    verdict = merge([part("A"), part("B"), part("C")], usd("20.00"))

    assert verdict.shares == (usd("6.67"), usd("6.67"), usd("6.66"))
    assert verdict.saved == usd("10.00")
    assert largest_remainder(usd("10.00"), [D(2), D(1)]) == (usd("6.67"), usd("3.33"))


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"terms": "DAP"}, "terms"),
        ({"dangerous": True}, "dangerous_goods"),
        ({"bonded": True}, "bonded_with_free"),
        ({"cold": "frozen"}, "temperature"),
        ({"destination": "FR-75001"}, "destination"),
    ],
)
def test_what_may_not_share_a_box_is_not_merged(change: dict[str, Any], refusal: str):
    assert merge([part("A"), part("B", **change)], usd("1")).refusal == refusal


def test_merging_never_crosses_a_low_value_limit_and_never_costs_more():
    assert merge([part("A"), part("B")], usd("15"), threshold=usd("150")).refusal == "low_value_limit"
    assert merge([part("A"), part("B")], usd("20")).refusal == "not_cheaper"
