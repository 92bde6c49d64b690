"""Every page of the deal: it answers, axe finds nothing, nothing sticks out, the console stays silent."""

from __future__ import annotations

from typing import Final

import pytest
from playwright.sync_api import FilePayload

from tests.browser.addresses import BY
from tests.browser.looking import DESK, assert_fine, look
from tests.browser.shop import PASSWORD, SHANGHAI, SHRIMP, Shop

LIST: Final = (
    ";Product name;Price (KES);Weight;Customs code;Made in\n"
    "A-1;Basket;2.450,-;0.4;460219;KE\nA-2;Basket with lid;1900;700;460219;Kenja\nA-3;Mat;950;0.3;4602;KE\n"
)


def maker_list(code: str) -> FilePayload:
    """A list with a word for the code that no other test uses: the shop remembers what a maker answered."""
    return {"name": "list.csv", "mimeType": "text/csv", "buffer": (code + LIST).encode()}


def test_the_shop_window(shop: Shop):
    page = shop.window()
    shop.deliver_to(page, "GB", "EC1A 1BB")

    assert_fine(shop, page, BY[""])


@pytest.mark.parametrize("name", [name for name in BY if name])
def test_the_desks(shop: Shop, name: str):
    assert_fine(shop, shop.signed_in(name), BY[name])


def test_the_picture_for_one_time_codes_is_seen(shop: Shop):
    page = shop.signed_in("anna")
    page.goto("/accounts/2fa/totp/activate/")
    page.locator("main input[name=password]").fill(PASSWORD)
    page.locator("main form .acts button").first.click()
    page.wait_for_url("**/2fa/totp/activate/")

    wrong = look(page, "/accounts/2fa/totp/activate/")

    assert wrong + shop.said == []
    box = page.locator(".qr svg").bounding_box()
    assert box is not None
    assert box["width"] > 100


def test_a_list_is_matched_mended_and_put_in(shop: Shop):
    page = shop.signed_in("ke1")
    page.goto("/sell/imports/")
    page.locator("#id_file").set_input_files(maker_list("Article no."))
    page.locator("#send button").click()
    page.wait_for_url("**/imports/*/")
    address = page.url.removeprefix(shop.address)
    wrong = look(page, address)
    assert wrong + shop.said == []
    page.set_viewport_size(DESK)
    page.locator("select[name=column-0]").select_option("code")
    page.get_by_role("button", name="Check the rows").click()
    page.locator("#run").wait_for()
    wrong += look(page, address)
    page.set_viewport_size(DESK)

    for value in ("2450", "0.7", "KE", "460219"):
        page.get_by_role("button", name=f"Use {value}", exact=True).click()
        page.get_by_role("button", name=f"Use {value}", exact=True).wait_for(state="detached")
    page.get_by_text("No row is wrong.").wait_for()
    page.get_by_role("button", name="Put good rows in").click()
    page.get_by_role("heading", name="What comes next").wait_for()

    wrong += look(page, address)
    assert page.locator(".cnt dd").all_inner_texts() == ["3", "0", "0", "0"]
    page.get_by_role("button", name="Take them out again").click()
    page.get_by_text("3 drafts taken out.").wait_for()
    assert wrong + shop.said == []


def test_without_scripts_a_list_goes_in_too(shop: Shop):
    page = shop.signed_in("ke1", java_script_enabled=False)
    page.goto("/sell/imports/")
    page.locator("#id_file").set_input_files(maker_list("Number of the workshop"))
    page.locator("#send button").click()
    page.locator("select[name=column-0]").select_option("code")
    page.get_by_role("button", name="Check the rows").click()

    page.get_by_role("button", name="Use 2450", exact=True).click()

    assert page.locator(".cnt dd").all_inner_texts() == ["1", "0", "0", "2"]


def test_the_pages_of_one_held_order(shop: Shop):
    page = shop.window()
    shop.deliver_to(page, "CN", "200000")
    shop.into_cart(page, SHRIMP, 3)
    wrong = look(page, "/cart/", deal=True) + look(page, "/checkout/", deal=True)
    page.set_viewport_size(DESK)

    number = shop.bought(page, SHRIMP, 1, SHANGHAI)

    wrong += look(page, page.url, deal=True) + look(page, f"/orders/{number}/")
    page.goto("/track/{track}/".format(**shop.numbers))
    assert page.locator(".map svg[role=img]").count() == 1
    seller = shop.signed_in("ar1")
    wrong += look(seller, f"/sell/orders/{number}/") + look(seller, f"/sell/orders/{number}/parcel/")
    desk = shop.signed_in("customs")
    wrong += look(desk, "/console/holds/")
    desk.set_viewport_size(DESK)
    wrong += look(desk, desk.locator("main a[href*='/console/holds/HLD']").first.get_attribute("href") or "")
    assert wrong + shop.said == []
