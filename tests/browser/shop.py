"""What people do in the shop, click by click."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Page, expect

PASSWORD: Final = "sampan-demo"
# Seconds until something that hangs is given up; a busy machine alone must not reach it.
PATIENCE: Final = 180
GOOD_CARD: Final = "4242 4242 4242 4242"
DECLINED: Final = "4000 0000 0000 0002"
ASKS: Final = "4000 0027 6000 3184"
LONDON: Final = {
    "email": "amara@mail.example", "name": "Amara Cole", "street": "14 Cloth Fair",
    "postal_code": "EC1A 1BB", "town": "London", "phone": "+44 20 7946 0991",
}  # fmt: skip
SHANGHAI: Final = {
    "email": "wei@mail.example", "name": "Wei Zhang", "street": "12 Nanjing Road",
    "postal_code": "200000", "town": "Shanghai", "phone": "+86 21 5550 0172",
}  # fmt: skip
BASKET: Final = "/products/mbali-kiondo-basket-m/"
SHRIMP: Final = "/products/bahia-tonina-headless-red-shrimp-2-kg/"


@dataclass
class Shop:
    """One shop, seen through any number of windows."""

    browser: Browser
    address: str
    outside: str
    numbers: dict[str, object] = field(default_factory=dict)
    windows: list[BrowserContext] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def window(self, **more: Any) -> Page:
        """Open a window with cookies of its own; what its console says is kept."""
        context = self.browser.new_context(base_url=self.address, locale="en-GB", **more)
        context.set_default_timeout(PATIENCE * 1000)
        self.windows.append(context)
        page = context.new_page()
        page.on("console", lambda message: self.hear(page, message.text))
        page.on("pageerror", lambda error: self.hear(page, str(error)))
        return page

    def hear(self, page: Page, words: str) -> None:
        """Keep what the console says of the shop's own pages, without hints for password managers."""
        if page.url.startswith(self.address) and not words.startswith("[DOM]"):
            self.said.append(f"{page.url}: {words}")

    def close(self) -> None:
        """Close every window."""
        for one in self.windows:
            one.close()

    def signed_in(self, name: str, **more: Any) -> Page:
        """Open a window and sign in with the form."""
        page = self.window(**more)
        page.goto("/accounts/login/")
        page.locator("main input[name=login]").fill(f"{name}@demo.sampan.example")
        page.locator("main input[name=password]").fill(PASSWORD)
        page.locator("main form button[type=submit], main form button:not([type])").first.click()
        page.wait_for_url(lambda url: "login" not in url)
        return page

    def deliver_to(self, page: Page, country: str, postal_code: str) -> None:
        """Say on the home page where the goods go."""
        page.goto("/")
        page.locator("form.ask-b select[name=country]").select_option(country)
        page.locator("form.ask-b input[name=postal_code]").fill(postal_code)
        page.locator("form.ask-b button").click()
        page.wait_for_url("**/search/**")

    def into_cart(self, page: Page, product: str, pieces: int) -> str:
        """Choose how many and add; return the price that was shown."""
        page.goto(f"{product}?quantity={pieces}")
        expect(page.locator("#price")).to_have_attribute("data-state", re.compile("fixed|estimate"))
        shown = page.locator("#price .big").inner_text()
        page.locator("#price .cta button").click()
        page.wait_for_url("**/cart/")
        return shown

    def order(self, page: Page, where: dict[str, str]) -> None:
        """Fill the form and press the button; the bank's page opens."""
        page.goto("/checkout/")
        for name, value in where.items():
            page.locator(f"#order [name={name}]").fill(value)
        page.locator(".sum-c button").click()
        page.wait_for_url(f"{self.outside}/**")

    def pay(self, page: Page, card: str) -> None:
        """Type the card on the bank's page."""
        page.locator("#card").fill(card)
        page.locator("button[value=card]").click()

    def bought(self, page: Page, product: str, pieces: int, where: dict[str, str]) -> str:
        """Buy and pay as a guest; return the order's number."""
        self.into_cart(page, product, pieces)
        self.order(page, where)
        self.pay(page, GOOD_CARD)
        page.wait_for_url("**/done/")
        expect(page.locator("h1")).to_contain_text("Thank you")
        link = page.locator("#state ul a").first.get_attribute("href") or ""
        return link.strip("/").split("/")[-1]

    def carry(self, tracking: str, steps: int) -> None:
        """Let the carrier send its next pieces of news about a parcel."""
        desk = self.window()
        for _ in range(steps):
            desk.goto(self.outside)
            row = desk.locator("tr", has_text=tracking).filter(has=desk.locator("input[name=booking]"))
            row.get_by_role("button", name="Send next tracking event").click()
            desk.wait_for_load_state()
