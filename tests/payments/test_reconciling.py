"""Every difference with the provider or the bank becomes a case, none is invented (plan 20)."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from django.utils import timezone

from marketplace.sandbox.app import Sandbox
from orders.payments import actions
from orders.payments.camt import BadBankFile, read
from orders.payments.models import Mismatch, Payment, Payout, Refund
from tests.payments.test_money_flow import bank
from tests.payments.test_stripe import opened, pay
from tests.payments.world import NOON, broken, finance, paid, share

pytestmark = pytest.mark.django_db

ENTRY = (
    '<Ntry><NtryRef>{ref}</NtryRef><Amt Ccy="{ccy}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
    "<BookgDt><Dt>2026-11-02</Dt></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>{ref}</EndToEndId></Refs>"
    "</TxDtls></NtryDtls></Ntry>"
)


def camt(*entries: tuple[str, str, str]) -> bytes:
    rows = "".join(ENTRY.format(ref=r, amount=a, ccy=c, side="DBIT") for r, a, c in entries)
    space = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
    return f'<Document xmlns="{space}"><BkToCstmrStmt><Stmt>{rows}</Stmt></BkToCstmrStmt></Document>'.encode()


def differences() -> list[tuple[str, str]]:
    now = timezone.now()
    found = actions.reconcile_provider(
        since=now - timedelta(days=1), until=now + timedelta(minutes=1), at=now
    )
    return sorted((case.kind, case.reference[:3]) for case in found)


def test_six_differences_are_found_and_none_is_invented(sandbox: Sandbox):
    for n, (amount, currency) in enumerate([("300.65", "EUR"), ("1449.37", "CNY"), ("31234", "JPY")] * 2):
        payment = opened(f"GRP-{n}", amount, currency)
        pay(payment)
        actions.look_up(f"GRP-{n}")
    actions.refund_payment("GRP-1", "late", "R1")
    actions.send_refund("R1")
    assert differences() == []
    assert broken() == []

    charges = dict(Payment.objects.values_list("reference", "charge"))
    injected = [
        ("missing_here", ""),
        ("missing_there", charges["GRP-0"]),
        ("amount", charges["GRP-2"]),
        ("currency", charges["GRP-3"]),
        ("amount", Refund.objects.get().provider_refund),
        ("missing_there", charges["GRP-4"]),
    ]
    for kind, source in injected:
        address = f"{sandbox.address}/sandbox/difference"
        assert httpx.post(address, json={"kind": kind, "source": source}).status_code == 200

    expected = sorted((kind, (source or "ch_of_nobody")[:3]) for kind, source in injected)
    assert differences() == expected
    assert differences() == expected
    assert Mismatch.objects.count() == 6


def test_a_difference_that_is_gone_closes_and_an_explained_one_stays_explained(sandbox: Sandbox):
    httpx.post(f"{sandbox.address}/sandbox/difference", json={"kind": "missing_here"})
    assert differences() == [("missing_here", "ch_")]

    actions.explain_mismatch(
        case_id=Mismatch.objects.get().pk, words="a test charge", by=finance("ann"), at=timezone.now()
    )

    assert differences() == []


def test_the_banks_statement_is_compared_with_the_payouts(sandbox: Sandbox):
    bank()
    paid("GRP-1", {"ORD-1": share()})
    actions.earn("ORD-1", NOON)
    actions.make_available("ORD-1", NOON)
    [payout] = actions.run_payouts(NOON)
    actions.confirm_payout(number=payout.number, bank_reference="FT1", by=finance("ann"), at=NOON)
    number = payout.number

    fits = actions.reconcile_bank(camt((number, "27670.97", "KES")), at=NOON)
    less = actions.reconcile_bank(camt((number, "27670.00", "KES")), at=NOON)
    other = actions.reconcile_bank(camt((number, "27670.97", "USD"), ("FT-X", "5.00", "EUR")), at=NOON)
    missing = actions.reconcile_bank(camt(("FT-X", "5.00", "EUR")), at=NOON)

    assert fits == []
    assert [case.kind for case in less] == ["amount"]
    assert sorted(case.kind for case in other) == ["currency", "missing_here"]
    assert sorted(case.kind for case in missing) == ["missing_here", "missing_there"]
    assert Payout.objects.get().state == "PAID"


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"not xml", "syntax"),
        (b"<Document/>", "camt.053"),
        (camt(("A", "-5.00", "EUR")), "positive"),
        (camt(("A", "five", "EUR")), "Conversion"),
        (camt(("A", "5.00", "XXQ")), "currency"),
        (camt(("A", "5.00", "EUR"), ("A", "5.00", "EUR")), "twice"),
    ],
)
def test_a_bank_file_with_a_mistake_is_refused_whole(content, word):
    with pytest.raises(BadBankFile, match=word):
        actions.reconcile_bank(content, at=NOON)

    assert not Mismatch.objects.exists()
    assert read(camt(("A", "5.00", "EUR")))[0].money.minor == -500
