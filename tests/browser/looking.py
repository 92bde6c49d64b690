"""How a page is looked at: axe in both colours and widths, and nothing sticks out in either direction."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Literal

from playwright.sync_api import Page, ViewportSize

from tests.browser.addresses import DEAL
from tests.browser.shop import Shop

AXE: Final = (Path(__file__).parent / "vendor" / "axe.min.js").read_text(encoding="utf-8")
PHONE: Final[ViewportSize] = {"width": 390, "height": 844}
DESK: Final[ViewportSize] = {"width": 1360, "height": 900}
NARROW: Final[ViewportSize] = {"width": 320, "height": 800}
RUN: Final = "async (more) => (await axe.run(document, {resultTypes: ['violations'], ...more})).violations"
ALL: Final[dict[str, Any]] = {}
COLOURS: Final[dict[str, Any]] = {"runOnly": ["color-contrast"]}
# All rules in both colours and widths. In the dark on a desk only the pages of the deal get all; the others
# get what a colour changes: a fourth whole run would cost a fifth of the time of every look.
LOOKS: Final[tuple[tuple[Literal["light", "dark"], ViewportSize, dict[str, Any]], ...]] = (
    ("light", PHONE, ALL),
    ("light", DESK, ALL),
    ("dark", DESK, COLOURS),
    ("dark", PHONE, ALL),
)
OPEN: Final = "() => document.querySelectorAll('main details').forEach((one) => { one.open = true; })"
STILL: Final = "() => !document.querySelector('.htmx-request')"
WIDER: Final = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
WIDEST: Final = """() => [...document.querySelectorAll('main *, header *, footer *, body > *')]
  .filter((one) => { const box = one.getBoundingClientRect();
    return box.width && (box.right > innerWidth + 1 || box.left < -1); })
  .map((one) => `${one.tagName}.${one.className.baseVal ?? one.className}`).slice(0, 4).join(' ')"""


def found(violations: list[dict[str, Any]]) -> list[str]:
    """Write each violation with its places on one line."""
    return [
        f"{one['id']}: " + " | ".join(" ".join(map(str, node["target"])) for node in one["nodes"][:4])
        for one in violations
    ]


def look(page: Page, address: str, *, deal: bool = False) -> list[str]:
    """Open one page with every part of it, in both colours and widths; return everything that is wrong.

    A page of the deal is held to all rules everywhere.
    """
    answer = page.goto(address)
    wrong = [] if answer and answer.status == 200 else [f"{address}: status {answer and answer.status}"]
    page.wait_for_function(STILL)
    page.evaluate(OPEN)
    page.evaluate(AXE)
    for scheme, size, rules in LOOKS:
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.set_viewport_size(size)
        said = found(page.evaluate(RUN, ALL if deal else rules))
        wrong += [f"{address} {scheme} {size['width']}: {one}" for one in said]
    for direction, sizes in (("ltr", (NARROW,)), ("rtl", (PHONE, DESK))):
        page.evaluate("(way) => { document.documentElement.dir = way; }", direction)
        for size in sizes:
            page.set_viewport_size(size)
            if over := page.evaluate(WIDER):
                where = f"{direction} {size['width']}"
                wrong.append(f"{address}: {over} pixels too wide, {where}: {page.evaluate(WIDEST)}")
    return wrong


def assert_fine(shop: Shop, page: Page, addresses: tuple[str, ...]) -> None:
    """Look at each page and show everything at once."""
    wrong = [
        words
        for address in addresses
        for words in look(page, address.format(**shop.numbers), deal=address in DEAL)
    ]
    assert not wrong + shop.said, "\n".join(wrong + shop.said)
