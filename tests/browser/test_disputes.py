"""A dispute in a real browser: the buyer's, the seller's and the operator's page, looked at and used."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.looking import DESK, look
from tests.browser.shop import BASKET, LONDON, Shop
from tests.browser.test_a_whole_deal import pack_and_print, told


def test_both_sides_tell_their_story_and_a_person_decides(shop: Shop):
    page = shop.window()
    shop.deliver_to(page, "GB", "EC1A 1BB")
    number = shop.bought(page, BASKET, 1, LONDON)
    shop.carry(pack_and_print(shop, number), 8)
    page.goto(f"/orders/{number}/")
    told(page, "I have it")

    page.get_by_text("Something is broken, missing or late").click()
    page.locator("form[action$='/problem/'] textarea").fill("The handle is torn off.")
    page.get_by_role("button", name="Send", exact=True).click()
    page.wait_for_load_state()
    expect(page.locator("main")).to_contain_text("The handle is torn off.")
    wrong = look(page, f"/orders/{number}/")

    seller = shop.signed_in("ke1")
    seller.goto(f"/sell/orders/{number}/")
    seller.locator("form[action$='/problem/messages/'] textarea").fill("It was whole when we packed it.")
    seller.locator("form[action$='/problem/messages/'] button").first.click()
    seller.wait_for_load_state()
    expect(seller.locator("main")).to_contain_text("It was whole when we packed it.")
    wrong += look(seller, f"/sell/orders/{number}/")

    desk = shop.signed_in("trust")
    wrong += look(desk, "/console/disputes/")
    desk.set_viewport_size(DESK)
    row = desk.locator("main tr", has_text=number)
    case = row.locator("a[href*='/console/disputes/DSP']").first.get_attribute("href") or ""
    wrong += look(desk, case)

    for words in ("The handle is torn off.", "It was whole when we packed it."):
        expect(desk.locator("main")).to_contain_text(words)
    assert wrong + shop.said == []
