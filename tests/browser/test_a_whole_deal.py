"""The deal in a real browser: a guest buys, the bank answers, customs decides, the parcel arrives."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.shop import (
    ASKS,
    BASKET,
    DECLINED,
    GOOD_CARD,
    LONDON,
    PATIENCE,
    SHANGHAI,
    SHRIMP,
    Shop,
)

TOTAL = "£78.17"  # two baskets to London; worked out by hand in tests/journeys


def test_a_guest_buys_a_basket_and_the_maker_earns(shop: Shop):
    page = shop.window()
    shop.deliver_to(page, "GB", "EC1A 1BB")
    page.goto("/search/?q=kiondo")
    page.locator("main ul.grid a").first.click()
    page.wait_for_url("**/products/**")
    expect(page.locator("#price")).to_have_attribute("data-state", "fixed")

    shown = shop.into_cart(page, BASKET, 2)
    in_cart = page.locator(".sum .big").inner_text()
    page.locator(".sum-c a").click()
    at_checkout = page.locator(".sum .big").inner_text()

    assert (shown, in_cart, at_checkout) == (TOTAL, TOTAL, TOTAL)
    assert visible_fields(page) <= 8

    shop.order(page, LONDON)
    assert TOTAL.removeprefix("£") in page.locator("h1").inner_text()
    shop.pay(page, GOOD_CARD)
    page.wait_for_url("**/done/")
    expect(page.locator("h1")).to_have_text("Thank you, Amara Cole")
    page.locator("#state ul a").first.click()
    page.wait_for_url("**/orders/**")
    expect(page.locator(".rec tfoot td")).to_have_text(TOTAL)
    number = page.url.strip("/").split("/")[-1]

    shop.carry(pack_and_print(shop, number), 8)
    told(page, "I have it")
    page.get_by_role("button", name="I have it").click()
    page.wait_for_load_state()
    expect(page.get_by_role("button", name="I have it")).to_have_count(0)

    seller = shop.signed_in("ke1")
    seller.goto("/sell/payouts/")
    expect(seller.locator("main")).to_contain_text(number)
    assert shop.said == []


def visible_fields(page: Page) -> int:
    """Count the boxes of the address form that a buyer sees."""
    boxes = page.locator("#order input:not([type=hidden]), #order select, #order textarea")
    return sum(box.is_visible() for box in boxes.all())


def pack_and_print(shop: Shop, number: str) -> str:
    """Weigh, print, say that the parcel is ready; return its tracking number."""
    page = shop.signed_in("ke1")
    page.goto(f"/sell/orders/{number}/parcel/")
    page.get_by_role("button", name="Save the weights").click()
    page.wait_for_load_state()
    for link in page.locator("main a[href$='.pdf']").all():
        answer = page.request.get(link.get_attribute("href") or "")
        assert answer.status == 200
        assert answer.body().startswith(b"%PDF")
    label = page.locator("main li", has=page.locator("a[href$='label.pdf']"))
    tracking = label.locator(".num").inner_text()
    page.goto(f"/sell/orders/{number}/")
    ready = page.get_by_role("button", name="The parcel is ready")
    if ready.count():
        ready.click()
        page.wait_for_load_state()
    return tracking


def told(page: Page, button: str) -> None:
    """Look again until the news of the carrier has come in."""
    for _ in range(PATIENCE * 2):
        page.reload()
        if page.get_by_role("button", name=button).count():
            return
        page.wait_for_timeout(500)
    pytest.fail(page.locator("main").inner_text())


def test_a_declined_card_leaves_the_order_unpaid_and_another_card_pays_it(shop: Shop):
    page = shop.window()
    shop.deliver_to(page, "GB", "EC1A 1BB")
    shop.into_cart(page, BASKET, 1)
    shop.order(page, LONDON)

    shop.pay(page, DECLINED)

    expect(page.locator("#problem")).to_contain_text("declined")
    bank = page.url
    page.get_by_role("link", name="Back to the shop without paying").click()
    page.wait_for_url(f"{shop.address}/**")
    expect(page.locator("main")).not_to_contain_text("Thank you")

    page.goto(bank)
    shop.pay(page, GOOD_CARD)

    page.wait_for_url("**/done/")
    expect(page.locator("h1")).to_contain_text("Thank you")


def test_a_card_that_asks_the_bank_pays_after_the_answer(shop: Shop):
    page = shop.window()
    shop.deliver_to(page, "GB", "EC1A 1BB")
    shop.into_cart(page, BASKET, 1)
    shop.order(page, LONDON)

    shop.pay(page, ASKS)
    page.get_by_role("button", name="Complete authentication").click()

    page.wait_for_url("**/done/")
    expect(page.locator("h1")).to_contain_text("Thank you")


def test_without_scripts_a_guest_buys_too(shop: Shop):
    page = shop.window(java_script_enabled=False)
    shop.deliver_to(page, "GB", "EC1A 1BB")

    number = shop.bought(page, BASKET, 2, LONDON)

    page.goto(f"/orders/{number}/")
    expect(page.locator(".rec tfoot td")).to_have_text(TOTAL)


def test_customs_holds_an_order_and_an_operator_releases_it(shop: Shop):
    page = shop.window()
    shop.deliver_to(page, "CN", "200000")
    number = shop.bought(page, SHRIMP, 3, SHANGHAI)
    page.goto(f"/orders/{number}/")
    expect(page.locator("main")).to_contain_text(re.compile("customs", re.IGNORECASE))

    first, case = decide(shop, number, "customs")
    if first.locator("form.dec").count():
        second = shop.signed_in("customs2")
        second.goto(case)
        second.locator("form.dec footer button").first.click()
        second.wait_for_load_state()
        first.goto(case)

    expect(first.locator(".dec h2")).to_have_text("Decided")
    page.reload()
    expect(page.locator("main")).not_to_contain_text("Customs checks")
    assert shop.said == []


def decide(shop: Shop, number: str, who: str) -> tuple[Page, str]:
    """Open the case of this order and release it."""
    page = shop.signed_in(who)
    page.goto("/console/holds/")
    for link in page.locator("main a[href*='/console/holds/HLD']").all():
        case = link.get_attribute("href") or ""
        page.goto(case)
        if number in page.locator("main").inner_text():
            page.locator("input[value=release]").check()
            page.locator("form.dec footer button").first.click()
            page.wait_for_load_state()
            return page, case
        page.goto("/console/holds/")
    pytest.fail(page.locator("main").inner_text())
