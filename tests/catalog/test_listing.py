"""A listing from draft to shop."""

from __future__ import annotations

from decimal import Decimal

import pytest

from catalog import actions
from catalog.models import ListingReview, Product, ProductState, Variant
from catalog.pricing import Tier
from marketplace.events.models import Event
from marketplace.kit.money import Money
from tests.catalog import world
from tests.catalog.world import NOON

pytestmark = pytest.mark.django_db


def test_a_listing_goes_from_draft_to_shop():
    product = world.draft(world.company())

    actions.submit(product_id=product.pk, at=NOON)
    actions.submit(product_id=product.pk, at=NOON)
    product = actions.approve(product_id=product.pk, by=world.operator(), at=NOON)

    assert product.state == ProductState.LIVE
    assert product.published_at == NOON
    assert [e.name for e in Event.objects.about(product)] == ["ListingSubmitted", "ListingApproved"]


def test_a_listing_with_gaps_is_not_submitted():
    product = world.draft(world.company(), customs_description="gift", origin="")

    with pytest.raises(actions.ListingIncomplete) as refusal:
        actions.submit(product_id=product.pk, at=NOON)

    assert "in which country it is made" in str(refusal.value)
    assert "Example:" in str(refusal.value)
    product.refresh_from_db()
    assert product.state == ProductState.DRAFT
    assert not Event.objects.about(product).exists()


def test_a_seller_who_is_not_approved_submits_nothing():
    product = world.draft(world.company(state="ONBOARDING"))

    with pytest.raises(actions.SellerNotApproved):
        actions.submit(product_id=product.pk, at=NOON)

    product.refresh_from_db()
    assert product.state == ProductState.DRAFT


def test_an_operator_returns_a_listing_with_a_reason_per_field():
    product = world.draft(world.company())
    actions.submit(product_id=product.pk, at=NOON)

    actions.return_with_reasons(
        product_id=product.pk, by=world.operator(), reasons={"title": "Say the size.", "origin": " "}, at=NOON
    )

    review = ListingReview.objects.get()
    assert review.reasons == {"title": "Say the size."}
    assert review.snapshot["hs_code"] == "460219"
    product.refresh_from_db()
    assert product.state == ProductState.RETURNED
    with pytest.raises(actions.NotWaiting):
        actions.approve(product_id=product.pk, by=world.operator(), at=NOON)


def test_a_return_without_a_reason_changes_nothing():
    product = world.draft(world.company())
    actions.submit(product_id=product.pk, at=NOON)

    with pytest.raises(actions.ReasonsMissing):
        actions.return_with_reasons(product_id=product.pk, by=world.operator(), reasons={}, at=NOON)

    product.refresh_from_db()
    assert product.state == ProductState.SUBMITTED
    assert not ListingReview.objects.exists()


def test_changes_to_a_live_listing_wait_beside_it():
    seller = world.company()
    product = world.live(seller)

    actions.save_draft(
        seller=seller,
        number=product.number,
        fields={"title": "Big basket", "category": world.category("big"), "origin": "KE"},
    )

    product.refresh_from_db()
    assert product.title == "Sisal market basket"
    assert product.changes == {"title": "Big basket", "category": "big"}
    actions.submit(product_id=product.pk, at=NOON)
    assert list(Product.objects.awaiting_review()) == [product]
    product = actions.approve(product_id=product.pk, by=world.operator(), at=NOON)
    assert product.category
    assert (product.title, product.category.slug, product.changes) == ("Big basket", "big", {})


def test_a_new_price_skips_the_review_and_is_news():
    product = world.live(world.company())
    sku = world.lead(product).sku

    actions.reprice(sku=sku, price=Money(Decimal(2400), "KES"))
    actions.reprice(sku=sku, price=Money(Decimal(2400), "KES"))

    assert Variant.objects.get(sku=sku).price == Money(Decimal("2400.0000"), "KES")
    assert [e.name for e in Event.objects.about(product)][-1] == "PriceChanged"
    assert Event.objects.about(product).filter(name="PriceChanged").count() == 1


@pytest.mark.parametrize(
    "tiers",
    [
        [Tier(10, Decimal(2300)), Tier(20, Decimal(2400))],
        [Tier(10, Decimal(2600))],
        [Tier(10, Decimal(2300)), Tier(10, Decimal(2200))],
    ],
)
def test_a_broken_ladder_is_refused_and_the_old_one_stays(tiers):
    product = world.draft(world.company())

    with pytest.raises(actions.LadderBroken):
        actions.reprice(sku=world.lead(product).sku, price=Money(Decimal(2450), "KES"), tiers=tiers)

    assert list(world.lead(product).tiers.values_list("from_quantity", flat=True)) == [10, 50]


def test_the_same_code_twice_is_refused_but_two_sellers_may_share_one():
    one, two = world.company(), world.company()
    for seller in (one, two):
        product = actions.save_draft(seller=seller, fields={"title": "Mug"})
        actions.save_variant(product=product, code="A-1", fields={"price_amount": Decimal(5)})

    with pytest.raises(actions.CodeTaken):
        actions.save_variant(
            product=Product.objects.filter(seller=one).get(), code="A-1", fields={"price_amount": Decimal(6)}
        )

    assert Variant.objects.filter(seller_code="A-1").count() == 2


def test_who_sees_a_listing():
    seller, other = world.company(), world.company()
    hidden, shown = world.draft(seller), world.live(seller)

    assert set(Product.objects.visible_to(world.person(seller))) == {hidden, shown}
    assert set(Product.objects.visible_to(world.person(other))) == {shown}
    assert set(Product.objects.visible_to(world.operator())) == {hidden, shown}
    assert set(Product.objects.owned_by(world.person(other))) == set()


def test_another_sellers_listing_cannot_be_changed():
    product = world.draft(world.company())

    with pytest.raises(Product.DoesNotExist):
        actions.save_draft(seller=world.company(), number=product.number, fields={"title": "Mine"})

    product.refresh_from_db()
    assert product.title == "Sisal market basket"


def test_the_seller_hears_why_a_listing_came_back(django_capture_on_commit_callbacks):
    product = world.draft(world.company())
    actions.submit(product_id=product.pk, at=NOON)

    with django_capture_on_commit_callbacks(execute=True):
        actions.return_with_reasons(
            product_id=product.pk, by=world.operator(), reasons={"title": "Say the size."}, at=NOON
        )

    notice = product.seller.notices.get()
    assert (notice.title, notice.body) == ("Please change: Sisal market basket", "title: Say the size.")
