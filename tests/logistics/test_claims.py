"""Cover by rows of data, certificates, and claims from the report to the carrier's money."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from logistics.insurance import actions, documents, notices
from logistics.insurance.models import Claim, CoverRow, Policy
from logistics.insurance.premium import who_insures
from marketplace.accounts.models import Company, User
from marketplace.documents.models import Document
from marketplace.documents.uploads import Upload, checked
from marketplace.events.models import Event
from marketplace.kit.money import Money
from marketplace.notifications.models import Notice

D = Decimal
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def usd(amount: str) -> Money:
    return Money(D(amount), "USD")


def photo(name: str = "box.png") -> Upload:
    out = BytesIO()
    Image.new("RGB", (4, 4), "white").save(out, "PNG")
    return checked(name, out.getvalue())


@pytest.fixture
def buyer(db) -> Company:
    return Company.objects.create(
        number="B-1", slug="jana", name="Jana Richter", country="DE", currency="USD"
    )


@pytest.fixture
def staff(db) -> User:
    return User.objects.create_user("ops@example.com", "secret", is_staff=True, desk=User.Desk.TRUST)


@pytest.fixture
def covered(buyer: Company) -> Policy:
    actions.load_products()
    policy = actions.bind("ORD-1", value=usd("400"), mode="air", company=buyer, holder="Jana", at=NOON)
    actions.begin("ORD-1", at=NOON)
    actions.end("ORD-1", at=NOON + timedelta(days=5))
    return policy


def reported(**changes) -> Claim:
    given: dict[str, Any] = {
        "cause": "damaged",
        "claimed": usd("120"),
        "uploads": [photo()],
        "at": NOON + timedelta(days=6),
    }
    return actions.claim("ORD-1", **(given | changes))


@pytest.mark.parametrize(
    ("terms", "party", "clause"),
    [("CIF", "seller", "ICC C"), ("CIP", "seller", "ICC A"), ("DDP", "nobody", ""), ("FOB", "nobody", "")],
)
def test_the_trade_term_says_who_must_insure(terms: str, party: str, clause: str):
    duty = who_insures(terms)

    assert (duty.party, duty.clause, duty.share) == (party, clause, D("1.10"))


def test_the_clause_follows_the_term_and_the_region_has_its_own_rate():
    """Goods and freight 10,000, insured 11,000: C 0.12 % = 13.20, at least 15.00; A 0.25 % = 27.50."""
    actions.load_products()
    actions.load_products()
    row = CoverRow.objects.get(code="CARGO-A")
    row.pk, row.code, row.region, row.rate = None, "CARGO-A-KE", "KE", D("0.0040")
    row.save()
    actions.load_products()

    bound = {
        terms: actions.bind(
            f"ORD-{terms}", value=usd("10000"), mode="sea", terms=terms, region=region, at=NOON
        )
        for terms, region in (("CIF", "DE"), ("CIP", "DE"), ("DDP", "KE"))
    }

    found = {t: (p.terms["clause"], p.premium_amount, p.must_insure) for t, p in bound.items()}
    assert found == {
        "CIF": ("ICC C", D("15.00"), "seller"),
        "CIP": ("ICC A", D("27.50"), "seller"),
        "DDP": ("ICC A", D("44.00"), "nobody"),
    }
    fragile = actions.cover_for("air", "fragile", date(2026, 11, 24))
    assert fragile
    assert fragile.code == "PARCEL-FRAGILE"
    assert actions.cover_for("sea", "frozen", date(2026, 11, 24)) is None
    assert all(CoverRow.objects.values_list("illustrative", flat=True))


def test_the_certificate_is_written_once_and_only_the_holder_gets_it(
    buyer: Company, django_capture_on_commit_callbacks
):
    actions.load_products()

    for _again in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            actions.bind("ORD-1", value=usd("400"), mode="air", company=buyer, at=NOON)

    policy = Policy.objects.get()
    paper = Document.objects.get(kind="insurance-certificate")
    assert (paper.subject, paper.filename, paper.version) == ("ORD-1", f"{policy.number}.pdf", 1)
    assert list(paper.companies.all()) == [buyer]
    assert documents.certificate(policy).startswith(b"%PDF")


def test_a_claim_goes_from_evidence_over_survey_to_decision_and_carrier(covered: Policy, buyer, staff):
    """Loss shown 100 of the wished 120; nothing is the holder's own, so 100 is paid; 60 come back."""
    claim = reported()
    assert (claim.state, claim.claimant, claim.due_at) == (
        "SUBMITTED", buyer, NOON + timedelta(days=6, hours=48),
    )  # fmt: skip
    assert reported().pk == claim.pk
    assert list(Document.objects.get(kind="claim-evidence").companies.all()) == [buyer]

    actions.ask_papers(claim.number, words="Send the invoice.", by=staff, at=NOON)
    with pytest.raises(actions.EvidenceMissing):
        actions.add_evidence(claim.number, uploads=[], at=NOON)
    actions.add_evidence(claim.number, uploads=[photo("label.png"), photo("label.png")], at=NOON)
    actions.send_surveyor(claim.number, surveyor="SGS Hamburg", by=staff, at=NOON)
    with pytest.raises(actions.NoteMissing):
        actions.decide_claim(claim.number, accept=True, by=staff, note=" ", at=NOON)
    decided = actions.decide_claim(
        claim.number, accept=True, by=staff, note="Five cups broken.", proven=usd("100"), at=NOON
    )
    assert (decided.state, decided.payout_amount, decided.proven_amount) == ("APPROVED", D(100), D(100))
    with pytest.raises(actions.NotThisStep):
        actions.decide_claim(claim.number, accept=False, by=staff, note="No.", at=NOON)
    with pytest.raises(actions.NotThisStep):
        actions.record_recovery(claim.number, amount=usd("60"), reference="DHL-1", at=NOON)
    for _again in range(2):
        actions.mark_claim_paid(claim.number, at=NOON)
    with pytest.raises(actions.LossUnclear):
        actions.record_recovery(claim.number, amount=usd("100.01"), reference="DHL-1", at=NOON)
    for _again in range(2):
        actions.record_recovery(claim.number, amount=usd("60"), reference="DHL-1", at=NOON)

    closed = Claim.objects.get()
    assert (closed.state, closed.recovered_amount) == ("CLOSED", D(60))
    told = list(Event.objects.about("ORD-1").values_list("name", flat=True))
    assert sorted(told) == sorted(
        ["PolicyBound", "ClaimSubmitted", "ClaimAsked", "ClaimApproved", "ClaimPaid", "ClaimRecovered"]
    )


@pytest.mark.parametrize("claimed", ["0", "-5"])
def test_a_senseless_loss_is_refused(covered: Policy, claimed: str):
    with pytest.raises(actions.LossUnclear):
        reported(claimed=usd(claimed))

    assert not Claim.objects.exists()


def test_cover_of_stock_makes_a_premium_due_once(buyer: Company):
    actions.load_products()

    for _again in range(2):
        actions.cover_stock(
            "TRF-1", value=usd("10000"), mode="reefer", goods="frozen", company=buyer, at=NOON
        )

    told = Event.objects.get(name="PremiumDue").payload
    assert (told["amount"], told["seller"]) == ("49.50", "B-1")


def test_the_claimant_reports_on_a_page_and_others_see_nothing(
    client, covered: Policy, buyer: Company, staff
):
    jana = User.objects.create_user("jana@example.com", "secret", company=buyer)
    other = Company.objects.create(number="B-2", slug="x", name="X", country="DE", currency="EUR")
    stranger = User.objects.create_user("x@example.com", "secret", company=other)
    Policy.objects.update(ends_at=datetime.now(UTC))
    form = {"cause": "damaged", "claimed": "50", "words": "Broken."}

    assert client.get("/orders/ORD-1/claim/").status_code == 302
    client.force_login(stranger)
    assert client.get("/orders/ORD-1/claim/").status_code == 404
    client.force_login(jana)
    page = client.get("/orders/ORD-1/claim/")
    assert "Cash, gold bars" in page.content.decode()
    empty = client.post("/orders/ORD-1/claim/", form)
    assert (empty.status_code, Claim.objects.count()) == (422, 0)
    assert "Add at least one photo" in empty.content.decode()
    file = BytesIO(photo().content)
    file.name = "box.png"
    assert client.post("/orders/ORD-1/claim/", form | {"files": file}).status_code == 302
    claim = Claim.objects.get()
    assert client.get(f"/claims/{claim.number}/").status_code == 200
    client.force_login(stranger)
    assert client.get(f"/claims/{claim.number}/").status_code == 404
    assert client.get("/console/claims/").status_code == 403
    client.force_login(staff)
    assert claim.number in client.get("/console/claims/").content.decode()
    step = f"/console/claims/{claim.number}/step/"
    assert client.post(step, {"step": "accept", "note": "Seen.", "proven": "ten"}).status_code == 400
    assert client.post(step, {"step": "accept", "note": "Seen.", "proven": "40"}).status_code == 302
    claim.refresh_from_db()
    assert (claim.state, claim.payout_amount) == ("APPROVED", D(40))
    assert client.get(f"/console/claims/{claim.number}/").status_code == 200


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [("1234567", "JPY", "1,234,567 JPY"), ("90071992547409.93", "USD", "90,071,992,547,409.93 USD")],
)
def test_the_notice_says_the_exact_amount(
    covered: Policy, buyer: Company, amount: str, currency: str, words: str
):
    claim = reported(claimant=buyer)
    paid = Event.objects.create(
        name="ClaimPaid", subject="ORD-1",
        payload={"claim": claim.number, "amount": amount, "currency": currency},
    )  # fmt: skip

    notices.tell(paid)

    assert Notice.objects.get().body == f"{words} are on the way to you."
