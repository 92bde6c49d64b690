"""A paper of origin from the upload to the price, the order, the declaration and the maker's desk."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from catalog import kept as shelf
from catalog.models import Product, Variant
from customs import actions as customs
from customs import tasks
from customs.models import Declaration, Hold, OriginEvidence
from customs.refusals import EvidenceRefused
from marketplace.accounts.models import Membership, User
from marketplace.documents.models import Document
from marketplace.documents.uploads import FileRefused
from marketplace.events.models import Event
from marketplace.kit.money import Money
from marketplace.kit.places import Place
from marketplace.notifications.models import Notice
from orders import actions, kept, quoting, savings, snapshots
from orders.asked import QuoteRequest
from orders.landed_cost import LandedCost
from tests.orders import world
from tests.orders.test_placing import JANA, paid
from tests.orders.world import NOW

pytestmark = pytest.mark.django_db
BERLIN = Place("DE", "10115")
TODAY = NOW.date()
TEN = 10
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PAPER: dict[str, Any] = {
    "agreement": "eu-kenya", "kind": "statement", "reference": "MWC-77", "valid_from": TODAY,
    "valid_until": TODAY + timedelta(days=200), "filename": "origin.pdf", "content": PDF,
}  # fmt: skip


@pytest.fixture
def basket() -> Variant:
    made = world.load(skus=("BASKET",))["BASKET"]
    made.product.hs_evidence = {"national": {"DE": "46021990"}}
    made.product.save(update_fields=["hs_evidence"])
    return made


def maker(basket: Variant) -> User:
    found = User.objects.filter(email="wanjiru@mwc.example").first()
    if found is None:
        seller = basket.product.seller
        found = User.objects.create_user("wanjiru@mwc.example", company=seller)
        Membership.objects.create(user=found, company=seller, role=Membership.Role.OWNER)
    return found


def keep(basket: Variant, **changes: Any) -> OriginEvidence:
    given = PAPER | {"seller": basket.product.seller, "number": basket.product.number} | changes
    return customs.keep_evidence(**{"by": maker(basket), "at": NOW, **given})


def price(basket: Variant, *, on: date = TODAY, quantity: int = TEN, **more: Any) -> LandedCost:
    """Give the kept price, after a look that it is the one that is worked out now.

    Ten baskets are worth more than EUR 150: below that a consumer pays EUR 3 whatever the origin.
    """
    listing = shelf.listing(basket.product_id)
    assert listing is not None
    request = QuoteRequest(((listing.every[basket.pk], quantity),), BERLIN, "EUR", on, **more)
    found = kept.estimate(request, goods=listing.version)
    assert found == quoting.estimate(request)
    return found


def sold() -> Declaration:
    """Sell ten baskets to Berlin and pay them; gives the declaration of the order."""
    cart = actions.open_cart(token="", user=None)
    actions.add(cart_id=cart.pk, sku="BASKET", quantity=TEN)
    quote, _view = actions.request_quote(cart=cart, ship_to=BERLIN, currency="EUR", at=NOW)
    berlin = replace(JANA, town="Berlin", country="DE", postal_code="10115")
    group = actions.place(
        cart_id=cart.pk, key="k", quote_number=quote.number, contact=berlin, user=None, at=NOW
    )
    paid(group)
    actions.mark_paid(group_number=group.number, captured=group.total, at=NOW)
    return Declaration.objects.get()


def duty(cost: LandedCost) -> Money:
    return cost.part("duty")


def euro(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


@time_machine.travel(NOW, tick=False)
def test_a_paper_lowers_the_duty_at_once_and_its_withdrawal_raises_it_at_once(basket: Variant):
    before = price(basket)

    evidence = keep(basket)
    with_paper = price(basket)
    customs.withdraw_evidence(seller=basket.product.seller, evidence_id=evidence.pk, by=maker(basket), at=NOW)
    after = price(basket)

    assert (duty(before), duty(with_paper), duty(after)) == (euro("12.48"), euro("0.00"), euro("12.48"))
    assert after == before
    (used,) = with_paper.preferences
    assert (used.agreement, used.before, used.duty, used.saved) == (
        "EU-Kenya Economic Partnership Agreement", euro("12.48"), euro("0.00"), euro("12.48"),
    )  # fmt: skip
    assert [paper.label for paper in with_paper.papers][-1] == (
        "EU-Kenya Economic Partnership Agreement, MWC-77"
    )
    assert snapshots.load(snapshots.dump(with_paper)).preferences == with_paper.preferences


@time_machine.travel(NOW, tick=False)
def test_a_paper_counts_from_its_first_to_its_last_day(basket: Variant):
    keep(basket, valid_from=TODAY + timedelta(days=2), valid_until=TODAY + timedelta(days=4))

    duties = [duty(price(basket, on=TODAY + timedelta(days=days))).amount for days in (1, 2, 4, 5)]

    assert duties == [Decimal("12.48"), Decimal("0.00"), Decimal("0.00"), Decimal("12.48")]


@time_machine.travel(NOW, tick=False)
def test_a_paper_counts_for_its_goods_its_lane_and_its_rate_only(basket: Variant):
    keep(basket, agreement="uk-kenya", reference="UK-1")
    other_lane = price(basket)
    keep(basket)
    Product.objects.update(hs_code="420292")

    other_goods = price(basket)

    assert other_lane.preferences == ()
    assert duty(other_lane) == euro("12.48")
    assert other_goods.preferences == ()


@time_machine.travel(NOW, tick=False)
def test_above_the_limit_only_an_approved_exporter_states_origin(basket: Variant):
    keep(basket)
    business = partial(price, basket, buyer_kind="business")

    small = business(quantity=100)
    large = business(quantity=260)  # 260 × KES 3,900 is more than EUR 6,000
    keep(basket, approved="KEREX12")
    approved = business(quantity=260)

    assert [len(one.preferences) for one in (small, large, approved)] == [1, 0, 1]
    assert duty(large).amount > 0
    assert duty(approved) == euro("0.00")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"agreement": "eu-vietnam"}, "choose an agreement that your country of origin has"),
        ({"agreement": "nothing"}, "choose an agreement"),
        ({"kind": "letter"}, "choose what kind of paper"),
        ({"reference": " "}, "write the number"),
        ({"valid_until": TODAY - timedelta(days=1), "valid_from": date(2026, 1, 1)}, "this paper is over"),
        ({"valid_from": TODAY + timedelta(days=300)}, "the last day is before the first day"),
        ({"valid_until": TODAY + timedelta(days=800)}, "no paper of origin holds longer than two years"),
    ],
)
def test_a_paper_that_no_price_could_rest_on_is_refused(basket: Variant, changes: dict[str, Any], words: str):
    with pytest.raises(EvidenceRefused, match=words):
        keep(basket, **changes)

    assert not OriginEvidence.objects.exists()
    assert Product.objects.get().origin_papers == []


@pytest.mark.parametrize("content", [b"", b"MZ programme", PDF[:-8], b"%PDF-1.4 /JavaScript %%EOF"])
def test_a_bad_file_is_refused_and_nothing_is_kept(basket: Variant, content: bytes):
    with pytest.raises(FileRefused):
        keep(basket, content=content)

    assert not OriginEvidence.objects.exists()
    assert not Document.objects.exists()


def test_an_agreement_with_certificates_takes_no_statement_of_the_maker():
    batik = world.load(skus=("BATIK",))["BATIK"]

    with pytest.raises(EvidenceRefused, match="certificate Form E"):
        keep(batik, agreement="acfta", reference="E-1")
    keep(batik, agreement="acfta", reference="E-1", kind="certificate")

    assert [row["agreement"] for row in Product.objects.get().origin_papers] == ["acfta"]


@time_machine.travel(NOW, tick=False)
def test_the_same_paper_twice_is_one_and_asks_for_new_prices_once(basket: Variant):
    keep(basket)
    keep(basket)

    assert OriginEvidence.objects.count() == 1
    assert [event.name for event in Event.objects.about(basket.product.number)] == ["EvidenceChanged"]


def test_the_maker_is_told_thirty_and_seven_days_before_the_end_once_each(basket: Variant):
    keep(basket, valid_until=TODAY + timedelta(days=40))

    told = []
    for days in (9, 10, 11, 32, 33, 34, 41):
        with time_machine.travel(NOW + timedelta(days=days), tick=False):
            tasks.watch_evidence()
            tasks.watch_evidence()
        told.append(Notice.objects.filter(kind="evidence-ends").count())

    assert told == [0, 1, 1, 1, 2, 2, 2]
    assert Product.objects.get().origin_papers == []
    changed = [event.name for event in Event.objects.about(basket.product.number)]
    assert changed.count("EvidenceChanged") == 2
    assert "MWC-77" in Notice.objects.filter(kind="evidence-ends").latest("pk").body


@time_machine.travel(NOW, tick=False)
def test_the_declaration_carries_the_paper_and_a_withdrawn_one_is_asked_for_again(basket: Variant):
    evidence = keep(basket)
    declaration = sold()
    (line,) = declaration.lines.all()

    customs.withdraw_evidence(seller=basket.product.seller, evidence_id=evidence.pk, by=maker(basket), at=NOW)
    customs.check_clearance(order_number=declaration.order_number, at=NOW)

    assert line.evidence == ["origin:eu-kenya:MWC-77"]
    finding = Hold.objects.get().findings.get(rule="R-ORG-001")
    assert finding.evidence["papers"] == [
        {
            "code": "origin-eu-kenya",
            "label": "origin declaration, EU-Kenya Economic Partnership Agreement",
            "party": "seller",
        }
    ]


@time_machine.travel(NOW, tick=False)
def test_a_paper_that_holds_stops_nothing(basket: Variant):
    keep(basket)
    declaration = sold()

    customs.check_clearance(order_number=declaration.order_number, at=NOW)

    checks = {check["rule"]: check["result"] for check in Declaration.objects.get().checks}
    assert checks["R-ORG-001"] == "passed"


@time_machine.travel(NOW, tick=False)
def test_the_saving_is_the_difference_of_two_prices_and_ends_with_the_paper(basket: Variant):
    found = {
        (one.country, one.agreement.code): one.each for one in savings.savings([basket.product_id], TODAY)
    }
    business: dict[str, Any] = {"buyer_kind": "business"}
    before = price(basket, **business)

    keep(basket)

    whole = before.total - price(basket, **business).total
    assert found["DE", "eu-kenya"] == Money(whole.amount / TEN, "EUR").rounded()
    assert found["DE", "eu-kenya"] == euro("1.49")
    left = {(one.country, one.agreement.code) for one in savings.savings([basket.product_id], TODAY)}
    assert not {key for key in left if key[1] == "eu-kenya"}


@time_machine.travel(NOW, tick=False)
def test_the_desk_names_the_saving_and_the_page_names_the_agreement(client: Client, basket: Variant):
    client.force_login(maker(basket))
    desk = client.get("/sell/").content.decode()
    keep(basket)

    page = client.get("/products/basket/?ship_to=DE-10115&currency=EUR&quantity=10").content.decode()

    assert "A statement of origin saves your buyers €1.51 each in Spain" in desk
    assert f"/sell/products/{basket.product.number}/origin/?agreement=eu-kenya" in desk
    assert "EU-Kenya Economic Partnership Agreement" in page
    assert "A paper of origin saves €12.48." in page
    assert "each in Spain" not in client.get("/sell/").content.decode()  # the paper is there


def test_the_maker_uploads_and_withdraws_a_paper_on_its_page(client: Client, basket: Variant):
    client.force_login(maker(basket))
    address = f"/sell/products/{basket.product.number}/origin/"
    today = timezone.localdate()
    given = {
        "agreement": "eu-kenya", "kind": "statement", "reference": "MWC-77", "valid_from": today.isoformat(),
        "valid_until": (today + timedelta(days=90)).isoformat(),
    }  # fmt: skip

    wrong = client.post(address, given | {"file": SimpleUploadedFile("a.pdf", b"not a pdf")})
    empty = client.post(address, {})
    right = client.post(address, given | {"file": SimpleUploadedFile("a.pdf", PDF)})
    shown = client.get(address).content.decode()
    end = client.post(f"{address}{OriginEvidence.objects.get().pk}/withdrawal/")

    assert (wrong.status_code, empty.status_code, right.status_code, end.status_code) == (400, 400, 302, 302)
    assert "we take PDF, JPEG and PNG" in wrong.content.decode()
    assert "MWC-77" in shown
    assert "Counts" in shown
    assert OriginEvidence.objects.get().withdrawn_at is not None
    assert "Withdrawn" in client.get(address).content.decode()
