"""What a page costs a phone on its first visit, over the wire: a budget for each kind of page."""

from __future__ import annotations

import gzip
from collections import Counter
from typing import Final

from playwright.sync_api import Page, Response

from tests.browser.looking import PHONE
from tests.browser.shop import BASKET, LONDON, Shop

KB: Final = 1024
# Kilobytes after gzip (a font is packed already); pictures below the fold are no requests of the first view.
SHOP: Final = {"document": 14, "stylesheet": 8, "script": 20, "font": 36, "requests": 14}
BUDGETS: Final = {
    "/": SHOP,
    "/search/": SHOP | {"document": 22, "requests": 16},
    BASKET: SHOP | {"document": 16, "script": 22},
    "/cart/": SHOP | {"script": 22, "requests": 10},
    "/checkout/": SHOP | {"script": 22, "requests": 10},
    "/orders/{number}/": SHOP | {"requests": 10},
    "/sell/": SHOP | {"document": 30, "stylesheet": 10, "script": 30},
    "/sell/orders/": SHOP | {"document": 30, "stylesheet": 10, "script": 30},
    "/sell/products/PRD-019/": SHOP | {"document": 30, "stylesheet": 10, "script": 30},
    "/console/holds/": SHOP | {"document": 20, "stylesheet": 10, "script": 26, "requests": 12},
}
PACKED: Final = {"document", "stylesheet", "script"}
SEEN: Final = """() => [...document.images].filter((one) => {
  const box = one.getBoundingClientRect(); return one.loading !== 'lazy' || box.top < innerHeight;
}).map((one) => one.currentSrc)"""


def cost(page: Page, address: str) -> Counter[str]:
    """Open a page with an empty store and weigh what came, by kind."""
    answers: list[Response] = []

    def keep(answer: Response) -> None:
        answers.append(answer)

    page.on("response", keep)
    page.goto(address, wait_until="networkidle")
    seen = set(page.evaluate(SEEN))
    weight: Counter[str] = Counter()
    for answer in answers:
        kind = answer.request.resource_type
        if kind == "image" and "/media/" in answer.url and answer.url not in seen:
            continue
        weight["requests"] += 1
        if answer.status == 200 and kind in {*PACKED, "font"}:
            body = answer.body()
            weight[kind] += len(gzip.compress(body, 6)) if kind in PACKED else len(body)
    page.remove_listener("response", keep)
    return weight


def over(weight: Counter[str], budget: dict[str, int]) -> dict[str, str]:
    """Name what is above its budget."""
    limits = {name: most if name == "requests" else most * KB for name, most in budget.items()}
    return {name: f"{weight[name]} of {most}" for name, most in limits.items() if weight[name] > most}


def test_no_page_costs_more_than_its_budget(shop: Shop):
    guest = shop.window(viewport=PHONE)
    shop.deliver_to(guest, "GB", "EC1A 1BB")
    number = shop.bought(guest, BASKET, 1, LONDON)
    shop.into_cart(guest, BASKET, 1)
    stores = {
        "/sell": shop.signed_in("ke1").context.storage_state(),
        "/console": shop.signed_in("customs").context.storage_state(),
        "/": guest.context.storage_state(),
    }

    heavy = {}
    for address, budget in BUDGETS.items():
        who = next(start for start in stores if address.startswith(start))
        page = shop.window(viewport=PHONE, storage_state=stores[who])
        if found := over(cost(page, address.format(number=number)), budget):
            heavy[address] = found
        page.context.close()

    assert heavy == {}
