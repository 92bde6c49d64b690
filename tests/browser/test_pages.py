"""Every page of the deal: it answers, axe finds nothing, nothing sticks out, the console stays silent."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pytest
from playwright.sync_api import Page

from tests.browser.shop import BASKET, PASSWORD, SHANGHAI, SHRIMP, Shop

AXE: Final = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
RUN: Final = "async () => (await axe.run(document, {resultTypes: ['violations']})).violations"
PHONE: Final = {"width": 390, "height": 844}
DESK: Final = {"width": 1360, "height": 900}
NARROW: Final = {"width": 320, "height": 800}
PUBLIC: Final = (
    "/", "/search/", "/search/?q=basket", "/search/?q=zzzz", BASKET, "/cart/", "/accounts/login/",
    "/accounts/signup/", "/promise/", "/styleguide/",
)  # fmt: skip
SELLER: Final = (
    "/sell/", "/sell/products/", "/sell/products/PRD-019/", "/sell/products/new/", "/sell/imports/",
    "/sell/orders/", "/sell/payouts/", "/people/company/", "/people/members/", "/people/addresses/",
    "/inbox/", "/orders/",
)  # fmt: skip
CUSTOMS: Final = ("/console/holds/", "/console/screening/")
FINANCE: Final = ("/console/money/",)
TRUST: Final = ("/console/listings/", "/console/companies/", "/console/listings/PRD-020/")


def look(page: Page, address: str) -> list[str]:
    """Open one page in both colours and both widths; return everything that is wrong with it."""
    answer = page.goto(address)
    wrong = [] if answer and answer.status == 200 else [f"{address}: status {answer and answer.status}"]
    page.evaluate(AXE)
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for size in (PHONE, DESK):
            page.set_viewport_size(size)  # type: ignore[arg-type]
            wrong += [f"{address} {scheme} {size['width']}: {one}" for one in found(page.evaluate(RUN))]
    page.set_viewport_size(NARROW)  # type: ignore[arg-type]
    if over := page.evaluate("document.documentElement.scrollWidth - 320"):
        wrong.append(f"{address}: {over} pixels too wide at 320: {page.evaluate(WIDEST)}")
    return wrong


WIDEST: Final = """() => [...document.querySelectorAll('main *, header *, footer *, body > *')]
  .filter((one) => one.getBoundingClientRect().right > 321)
  .map((one) => `${one.tagName}.${one.className.baseVal ?? one.className}`).slice(0, 4).join(' ')"""


def found(violations: list[dict[str, Any]]) -> list[str]:
    """Write each violation with its places on one line."""
    return [
        f"{one['id']}: " + " | ".join(" ".join(map(str, node["target"])) for node in one["nodes"][:4])
        for one in violations
    ]


def assert_fine(shop: Shop, page: Page, addresses: tuple[str, ...]) -> None:
    """Look at each page and show everything at once."""
    wrong = [words for address in addresses for words in look(page, address)]
    assert wrong + shop.said == []


def test_the_shop_window(shop: Shop):
    page = shop.window()
    shop.deliver_to(page, "GB", "EC1A 1BB")

    assert_fine(shop, page, PUBLIC)


@pytest.mark.parametrize(
    ("name", "pages"), [("ke1", SELLER), ("customs", CUSTOMS), ("finance", FINANCE), ("trust", TRUST)]
)
def test_the_desks(shop: Shop, name: str, pages: tuple[str, ...]):
    assert_fine(shop, shop.signed_in(name), pages)


def test_the_picture_for_one_time_codes_is_seen(shop: Shop):
    page = shop.signed_in("anna")
    page.goto("/accounts/2fa/totp/activate/")
    page.locator("main input[name=password]").fill(PASSWORD)
    page.locator("main form .acts button").first.click()
    page.wait_for_url("**/2fa/totp/activate/")

    wrong = look(page, "/accounts/2fa/totp/activate/")

    assert wrong + shop.said == []
    assert page.locator(".qr svg").bounding_box()["width"] > 100  # type: ignore[index]


def test_the_pages_of_one_held_order(shop: Shop):
    page = shop.window()
    shop.deliver_to(page, "CN", "200000")
    shop.into_cart(page, SHRIMP, 3)
    wrong = look(page, "/cart/") + look(page, "/checkout/")
    page.set_viewport_size(DESK)  # type: ignore[arg-type]

    number = shop.bought(page, SHRIMP, 1, SHANGHAI)

    wrong += look(page, page.url) + look(page, f"/orders/{number}/")
    seller = shop.signed_in("ar1")
    wrong += look(seller, f"/sell/orders/{number}/") + look(seller, f"/sell/orders/{number}/parcel/")
    desk = shop.signed_in("customs")
    wrong += look(desk, "/console/holds/")
    desk.set_viewport_size(DESK)  # type: ignore[arg-type]
    wrong += look(desk, desk.locator("main a[href*='/console/holds/HLD']").first.get_attribute("href") or "")
    assert wrong + shop.said == []
