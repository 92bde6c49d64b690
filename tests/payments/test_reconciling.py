"""Every difference with the provider or the bank becomes a case, none is invented (plan 20)."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from marketplace.accounts.models import User
from marketplace.sandbox.app import Sandbox
from orders.payments import actions
from orders.payments.camt import BadBankFile, read
from orders.payments.models import Mismatch, Payment, Payout, Refund
from tests.payments.test_money_flow import bank
from tests.payments.test_stripe import opened, pay
from tests.payments.world import NOON, broken, finance, paid, share

pytestmark = pytest.mark.django_db

LOTS = [("300.65", "EUR"), ("1449.37", "CNY"), ("31234", "JPY")]
ENTRY = (
    '<Ntry><NtryRef>{ref}</NtryRef><Amt Ccy="{ccy}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
    "<BookgDt><Dt>2026-11-02</Dt></BookgDt><NtryDtls><TxDtls><Refs><EndToEndId>{ref}</EndToEndId></Refs>"
    "</TxDtls></NtryDtls></Ntry>"
)


def camt(*entries: tuple[str, str, str]) -> bytes:
    rows = "".join(ENTRY.format(ref=r, amount=a, ccy=c, side="DBIT") for r, a, c in entries)
    space = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"
    return f'<Document xmlns="{space}"><BkToCstmrStmt><Stmt>{rows}</Stmt></BkToCstmrStmt></Document>'.encode()


FIRST = ("OK", "5.00", "EUR")
BALANCES = b"".join(
    b'<Bal><Tp><CdOrPrtry><Cd>%s</Cd></CdOrPrtry></Tp><Amt Ccy="EUR">%s</Amt>'
    b"<CdtDbtInd>CRDT</CdtDbtInd></Bal>" % (code, amount)
    for code, amount in ((b"OPBD", b"100.00"), (b"CLBD", b"96.00"))
)


def differences() -> list[tuple[str, str]]:
    now = timezone.now()
    found = actions.reconcile_provider(
        since=now - timedelta(days=1), until=now + timedelta(minutes=1), at=now
    )
    return sorted((case.kind, case.reference[:3]) for case in found)


def test_each_difference_is_found_and_none_is_invented(sandbox: Sandbox):
    for n, (amount, currency) in enumerate([*LOTS, *LOTS, ("5.00", "EUR")]):
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
        ("duplicate", charges["GRP-5"]),
        ("fee", charges["GRP-6"]),
    ]
    for kind, source in injected:
        address = f"{sandbox.address}/sandbox/difference"
        assert httpx.post(address, json={"kind": kind, "source": source}).status_code == 200

    expected = sorted((kind, (source or "ch_of_nobody")[:3]) for kind, source in injected)
    assert differences() == expected
    assert differences() == expected
    assert Mismatch.objects.count() == 8
    fee = Mismatch.objects.get(kind="fee")
    assert fee.reference == f"{charges['GRP-6']} fee"


def test_a_difference_that_is_gone_closes_and_an_explained_one_stays_explained(sandbox: Sandbox):
    httpx.post(f"{sandbox.address}/sandbox/difference", json={"kind": "missing_here"})
    assert differences() == [("missing_here", "ch_")]

    actions.explain_mismatch(
        case_id=Mismatch.objects.get().pk, words="a test charge", by=finance("ann"), at=timezone.now()
    )

    assert differences() == []


def test_a_difference_that_changes_shows_its_newest_amounts_and_one_that_comes_back_is_a_new_case():
    """Cases of the bank's side, compared with the statements of five days."""

    def statement(amount: str) -> list[tuple[str, str, str]]:
        rows = actions.reconcile_bank(camt(("X", amount, "EUR")), at=NOON)
        return [(case.state, case.ours, case.theirs) for case in rows]

    assert statement("5.00") == statement("5.00") == [("OPEN", "", "EUR -5.00")]
    assert statement("6.00") == [("OPEN", "", "EUR -6.00")]
    actions.explain_mismatch(case_id=Mismatch.objects.get().pk, words="rent", by=finance("ann"), at=NOON)
    assert statement("6.00") == []
    assert statement("7.00") == [("OPEN", "", "EUR -7.00")]
    assert sorted(Mismatch.objects.values_list("state", "theirs")) == [
        ("EXPLAINED", "EUR -6.00"), ("OPEN", "EUR -7.00"),
    ]  # fmt: skip


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
        (b"not xml", "line 1"),
        (b"<Document/>", "camt.053"),
        (camt(FIRST, ("A", "-5.00", "EUR")), r"entry 2 \(A\): the amount “-5.00” is not a positive number"),
        (camt(("A", "five", "EUR"), FIRST), r"entry 1 \(A\): the amount “five” is no number"),
        (camt(FIRST, ("A", "5.00", "XXQ")), r"entry 2 \(A\): the currency “XXQ” is not known"),
        (camt(("A", "5.00", "EUR"), FIRST, ("A", "5.00", "EUR")), r"entry 3 \(A\): stands in the file twice"),
        (
            camt(FIRST).replace(b"2026-11-02", b"2026-13-02"),
            r"entry 1 \(OK\): the day of booking “2026-13-02”",
        ),
        (camt(FIRST).replace(b"DBIT", b"DEBIT"), r"entry 1 \(OK\): it says neither credit nor debit"),
        (
            camt(FIRST).replace(b"<Stmt>", b"<Stmt>" + BALANCES),
            "make EUR 95.00, the closing balance says EUR 96.00",
        ),
        (
            camt(FIRST).replace(b"<Stmt>", b"<Stmt>" + BALANCES.replace(b"96.00", b"much")),
            "balance CLBD: the amount",
        ),
        (b'<!DOCTYPE a [<!ENTITY x "y">]>' + camt(FIRST), "EntitiesForbidden|x"),
    ],
)
def test_a_bank_file_with_a_mistake_is_refused_whole(content, word):
    with pytest.raises(BadBankFile, match=word):
        actions.reconcile_bank(content, at=NOON)

    assert not Mismatch.objects.exists()
    assert read(camt(("A", "5.00", "EUR")))[0].money.minor == -500


def test_a_statement_that_adds_up_is_read_without_what_is_not_booked():
    content = camt(FIRST, ("P", "7.00", "EUR")).replace(
        b"<Stmt>", b"<Stmt>" + BALANCES.replace(b"96.00", b"95.00")
    )
    pending = b"<NtryRef>P</NtryRef><Sts><Cd>PDNG</Cd></Sts>"

    lines = read(content.replace(b"<NtryRef>P</NtryRef>", pending))

    assert [(line.reference, f"{line.money}") for line in lines] == [("OK", "EUR -5.00")]


def payouts(count: int) -> list[str]:
    """Payouts that left by the bank and are confirmed, as the bank of the sandbox knows them."""
    bank()
    ann = finance("ann")
    numbers = []
    for n in range(count):
        paid(f"GRP-{n}", {f"ORD-{n}": share()})
        actions.earn(f"ORD-{n}", NOON)
        actions.make_available(f"ORD-{n}", NOON)
        [payout] = actions.run_payouts(NOON + timedelta(days=n))
        actions.confirm_payout(number=payout.number, bank_reference=f"FT{n}", by=ann, at=timezone.now())
        numbers.append(payout.number)
    return numbers


def at_the_bank(sandbox: Sandbox, numbers: list[str]) -> None:
    with sandbox.store.act() as box:
        for number in numbers:
            box.new(
                "bnk",
                "bank_transfer",
                end_to_end=number,
                amount="27670.97",
                currency="KES",
                account="",
                name="x",
            )


def test_each_difference_of_the_banks_statement_is_found(sandbox: Sandbox):
    numbers = payouts(5)
    at_the_bank(sandbox, numbers)
    address = f"{sandbox.address}/bank/statement/"
    assert actions.reconcile_bank(httpx.get(address).content, at=timezone.now()) == []

    kinds = ["missing_there", "amount", "currency", "duplicate"]
    for kind, number in [*zip(kinds, numbers, strict=False), ("missing_here", "")]:
        form = {"kind": kind, "source": number, "side": "bank"}
        assert httpx.post(f"{sandbox.address}/sandbox/difference", json=form).status_code == 200
    found = actions.reconcile_bank(httpx.get(address).content, at=timezone.now())

    assert {case.reference: case.kind for case in found} == {
        **dict(zip(numbers, kinds, strict=False)), "NOT-OURS-1": "missing_here",
    }  # fmt: skip
    twice = next(case for case in found if case.kind == "duplicate")
    assert (twice.ours, twice.theirs) == ("KES -27670.97", "KES -55341.94")


def test_the_desk_reads_a_statement_and_explains(client, sandbox: Sandbox):
    [number] = payouts(1)
    client.force_login(User.objects.get(email="ann@sampan.example"))
    page = "/console/money/differences/"

    def sent(content: bytes) -> str:
        file = SimpleUploadedFile("day.xml", content, "application/xml")
        return str(client.post(f"{page}statement/", {"statement": file}, follow=True).content.decode())

    assert "Choose the bank" in client.post(f"{page}statement/", follow=True).content.decode()
    assert "entry 1 (A): the amount" in sent(camt(("A", "five", "EUR")))
    assert not Mismatch.objects.exists()
    assert "The statement fits our books" in sent(camt((number, "27670.97", "KES")))
    assert "2 differences were found" in sent(camt((number, "27670.00", "KES"), ("X", "5.00", "EUR")))
    other = Mismatch.objects.get(reference="X")
    assert client.post(f"{page}{other.pk}/explanation/", {"words": "rent"}).status_code == 302
    assert "ann@sampan.example: rent" in client.get(f"{page}?state=EXPLAINED").content.decode()
    assert broken() == []
