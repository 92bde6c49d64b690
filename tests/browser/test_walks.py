"""Work that needs more than one person, or more than a password, walked in real windows."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import struct
import time
from dataclasses import replace
from typing import Final

from playwright.sync_api import FilePayload, Page, expect

from marketplace.documents.pdf import Text, render
from tests.browser.looking import look
from tests.browser.shop import PASSWORD, SHANGHAI, SHRIMP, Shop

PAPER: Final[FilePayload] = {
    "name": "certificate.pdf", "mimeType": "application/pdf",
    "buffer": render([Text("Veterinary certificate")], title="Certificate"),
}  # fmt: skip
# A key on this machine that says yes by itself, as Chromium's own developer tools make it.
KEY: Final = {
    "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True,
    "isUserVerified": True, "automaticPresenceSimulation": True,
}  # fmt: skip


def test_two_people_of_the_finance_desk_pay_a_maker(shop: Shop):
    first = shop.signed_in("finance")
    first.goto("/console/money/")
    row = first.locator("main tr", has_text="Mbali Weave Collective").first
    number = row.locator("th").inner_text().split()[0]
    row.get_by_role("button", name="Approve").click()
    first.wait_for_load_state()
    first.goto(f"/console/money/?q={number}")
    expect(first.locator("main tr", has_text=number)).to_contain_text("somebody else must agree too")
    second = shop.signed_in("finance2")
    second.goto(f"/console/money/?q={number}")
    second.locator("main tr", has_text=number).get_by_role("button", name="Approve").click()
    second.wait_for_load_state()

    def confirm(page: Page) -> None:
        page.goto(f"/console/money/?q={number}")
        row = page.locator("main tr", has_text=number)
        row.locator("[name=bank_reference]").fill("BANK-2026-1126-1")
        row.get_by_role("button", name="Confirm as paid").click()
        page.wait_for_load_state()

    confirm(first)
    expect(first.locator("main")).to_contain_text("somebody else must do this step")
    confirm(second)

    second.goto(f"/console/money/?state=all&q={number}")
    expect(second.locator("main tr", has_text=number)).to_contain_text("BANK-2026-1126-1")
    maker = shop.signed_in("ke1")
    maker.goto("/sell/payouts/")
    expect(maker.locator("main")).to_contain_text(number)


def held(shop: Shop) -> tuple[str, Page, Page, str]:
    """Buy shrimp for Shanghai, which customs holds; return order, buyer, operator and the case's address."""
    buyer = shop.window()
    shop.deliver_to(buyer, "CN", "200000")
    number = shop.bought(buyer, SHRIMP, 2, SHANGHAI)
    desk = shop.signed_in("customs")
    desk.goto(f"/console/holds/?q={number}")
    link = desk.locator("main a[href*='/console/holds/HLD']").first
    return number, buyer, desk, (link.get_attribute("href") or "").partition("?")[0]


def decide(page: Page, decision: str) -> None:
    """Choose a decision and send it."""
    page.locator(f"input[name=decision][value={decision}]").check()
    page.locator("form.dec footer button").first.click()
    page.wait_for_load_state()


def test_a_case_is_released_with_corrections_and_a_colleague_meets_the_decision(shop: Shop):
    number, buyer, desk, case = held(shop)
    colleague = shop.signed_in("customs2")
    colleague.goto(case)
    desk.goto(case)

    desk.locator("input[name=decision][value=correct]").check()
    desk.get_by_text("Corrections", exact=True).click()
    words = "frozen raw headless red shrimp (Pleoticus muelleri), shell on, for human consumption, plant 1234"
    desk.locator("[name='line1.customs_description']").fill(words)
    decide(desk, "correct")

    expect(desk.locator(".dec h2")).to_have_text("Decided")
    expect(desk.locator("main")).to_contain_text("plant 1234")
    decide(colleague, "reject")
    expect(colleague.locator("main")).to_contain_text("Ines Aguirre")
    buyer.goto(f"/orders/{number}/")
    expect(buyer.locator("main")).not_to_contain_text("A person looks at the customs papers")
    expect(buyer.locator("main")).not_to_contain_text("money back")


def test_papers_are_asked_for_uploaded_and_the_parcel_goes_on(shop: Shop):
    number, buyer, desk, case = held(shop)
    desk.goto(case)
    decide(desk, "papers")
    expect(desk.locator(".hd")).to_contain_text("Waiting for papers")

    maker = shop.signed_in("ar1")
    maker.goto("/papers/")
    maker.locator("section", has_text=number).first.get_by_role("link").click()
    maker.wait_for_load_state()
    while maker.locator("section .chip.warn").count():
        section = maker.locator("section", has=maker.locator(".chip.warn")).first
        section.locator("input[type=file]").set_input_files(PAPER)
        section.locator("button").click()
        maker.wait_for_load_state()
    wrong = look(maker, maker.url)

    desk.goto(case)
    expect(desk.locator(".hd")).to_contain_text("Papers arrived")
    expect(desk.locator("main .need a").first).to_have_text("certificate.pdf v1")
    decide(desk, "release")
    expect(desk.locator(".dec h2")).to_have_text("Decided")
    buyer.goto(f"/orders/{number}/")
    expect(buyer.locator("main")).not_to_contain_text("A person looks at the customs papers")
    assert wrong == []


def test_a_new_member_joins_and_sees_the_rooms_of_their_role(shop: Shop):
    page = shop.window()
    page.goto("/people/invitations/{joining}/".format(**shop.numbers))
    expect(page.locator("main")).to_contain_text("Mbali Weave Collective")
    page.locator("main input[name=name]").fill("Wanjiru Njoroge")
    page.locator("main input[type=password]").first.fill("blue-kettle-of-Machakos-7")
    page.get_by_role("button", name="Make an account and join").click()
    page.wait_for_load_state()

    page.goto("/sell/orders/")
    expect(page.locator("h1")).to_have_text("Orders")
    answer = page.goto("/sell/payouts/")
    assert answer is not None
    assert answer.status == 403
    owner = shop.signed_in("ke1")
    owner.goto("/people/members/")
    expect(owner.locator("main")).to_contain_text("Wanjiru Njoroge")


def sign_out(page: Page) -> None:
    page.goto("/accounts/logout/")
    page.locator("main form button").first.click()
    page.wait_for_load_state()


def say_the_password_again(page: Page) -> None:
    """Type the password once more where the sign-in asks for it before a change."""
    if "reauthenticate" in page.url:
        page.locator("main input[name=password]").fill(PASSWORD)
        page.locator("main form .acts button").first.click()
        page.wait_for_load_state()


def test_a_passkey_is_added_and_signs_in(shop: Shop):
    # A passkey belongs to a name, never to a number such as 127.0.0.1.
    named = replace(shop, address=shop.address.replace("127.0.0.1", "localhost"))
    page = named.signed_in("mia")
    wire = page.context.new_cdp_session(page)
    wire.send("WebAuthn.enable")
    wire.send("WebAuthn.addVirtualAuthenticator", {"options": KEY})

    page.goto("/accounts/2fa/webauthn/add/")
    say_the_password_again(page)
    page.locator("main input[name=name]").fill("My laptop")
    expect(page.locator("main input[name=passwordless]")).to_be_checked()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url(lambda url: not url.endswith("/add/"))
    page.goto("/accounts/2fa/webauthn/")
    expect(page.locator("main")).to_contain_text("My laptop")
    wrong = look(page, "/accounts/2fa/webauthn/")
    sign_out(page)

    page.goto("/accounts/login/")
    page.locator("#passkey_login").click()
    page.wait_for_url(lambda url: "login" not in url)

    page.goto("/accounts/email/")
    expect(page.locator("main")).to_contain_text("mia@demo.sampan.example")
    assert wrong == []


def code_of(secret: str, moment: float) -> str:
    """The six digits that an app shows at a moment (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    told = hmac.new(key, struct.pack(">Q", int(moment) // 30), hashlib.sha1).digest()
    start = told[-1] & 15
    return f"{(struct.unpack('>I', told[start : start + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def test_one_time_codes_are_turned_on_and_asked_for_at_the_next_sign_in(shop: Shop):
    page = shop.signed_in("ken")
    page.goto("/accounts/2fa/totp/activate/")
    say_the_password_again(page)
    secret = page.locator("main code.num").inner_text()
    page.locator("main input[name=code]").fill(code_of(secret, time.time()))
    page.locator("main form .acts button").first.click()
    page.wait_for_load_state()
    page.goto("/accounts/2fa/recovery-codes/")
    wrong = look(page, page.url)
    spare = re.findall(r"\b[0-9a-f]{8}\b|\b\d{8}\b", page.locator("main").inner_html())
    sign_out(page)

    again = shop.window()
    again.goto("/accounts/login/")
    again.locator("main input[name=login]").fill("ken@demo.sampan.example")
    again.locator("main input[name=password]").fill(PASSWORD)
    again.locator("main input[name=password]").press("Enter")
    again.wait_for_url("**/2fa/authenticate/**")
    wrong += look(again, again.url)
    again.locator("main input[name=code]").first.fill("000000")
    again.locator("main form .acts button").first.click()
    expect(again.locator("main")).to_contain_text("code")
    assert "authenticate" in again.url
    again.locator("main input[name=code]").first.fill(spare[0])
    again.locator("main form .acts button").first.click()
    again.wait_for_url(lambda url: "authenticate" not in url)

    again.goto("/accounts/email/")
    expect(again.locator("main")).to_contain_text("ken@demo.sampan.example")
    assert wrong == []
