"""The deal in a real browser."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.shop import BASKET, LONDON, Shop


def test_a_guest_buys(shop: Shop):
    page = shop.window()
    shop.deliver_to(page, "GB", "EC1A 1BB")
    number = shop.bought(page, BASKET, 2, LONDON)
    page.goto(f"/orders/{number}/")
    expect(page.locator("h1")).to_be_visible()
    print(page.locator("main").inner_text()[:800])
    print(shop.said)
