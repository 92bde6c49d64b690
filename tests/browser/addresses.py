"""Which pages are looked at, by whom, and why an address that answers is not among them."""

from __future__ import annotations

from typing import Final

from tests.browser.shop import BASKET

PUBLIC: Final = (
    "/", "/search/", "/search/?q=basket", "/search/?q=zzzz", "/categories/home/", BASKET,
    f"{BASKET}?ship_to=KE-00100", "/cart/", "/makers/mbali-weave-collective/", "/accounts/login/",
    "/accounts/signup/", "/accounts/password/reset/", "/promise/", "/people/invitations/{invitation}/",
    "/track/{track}/", "/styleguide/", "/styleguide/?part=desk", "/styleguide/?part=console",
    "/styleguide/?part=case",
)  # fmt: skip
SELLER: Final = (
    "/sell/", "/sell/products/", "/sell/products/?q=zzzz", "/sell/products/PRD-019/", "/sell/products/new/",
    "/sell/products/PRD-019/customs-code/?q=basket", "/sell/products/PRD-019/markets/",
    "/sell/products/PRD-019/origin/", "/sell/imports/", "/sell/orders/", "/sell/orders/?q=zzzz",
    "/sell/orders/{order}/", "/sell/orders/{fresh}/", "/sell/orders/{fresh}/parcel/",
    "/sell/orders/{fresh}/parcel/plan/", "/sell/returns/", "/sell/returns/{return}/", "/sell/freight/",
    "/sell/net-price/", "/sell/deposits/", "/sell/payouts/", "/sell/payouts/currency/", "/sell/warehouse/",
    "/sell/warehouse/transfers/",
    "/sell/warehouse/inbound/", "/sell/warehouse/inbound/{inbound}/", "/sell/warehouse/counts/{count}/",
    "/sell/warehouse/picks/{pick}/", "/sell/warehouse/shelves/{shelf}/", "/people/company/",
    "/people/members/", "/people/addresses/", "/people/addresses/{address}/", "/people/selling/", "/inbox/",
    "/papers/",
)  # fmt: skip
EXPORTER: Final = (
    "/sell/warehouse/transfers/{transfer}/", "/sell/warehouse/transfers/{transfer}/cover/",
    "/papers/{hold}/", "/sell/products/PRD-001/",
)  # fmt: skip
BUYER: Final = (
    "/orders/", "/orders/{order}/", "/orders/{kept}/return/", "/orders/{kept}/claim/",
    "/returns/{return}/", "/claims/{claim}/", "/cart/", "/accounts/email/", "/accounts/password/change/",
    "/accounts/2fa/", "/accounts/2fa/webauthn/", "/accounts/logout/", "/inbox/",
)  # fmt: skip
CUSTOMS: Final = (
    "/console/holds/", "/console/holds/{hold}/", "/console/screening/", "/console/tariffs/",
    "/console/tariffs/{tariff}/", "/console/tariffs/files/{tariff_file}/", "/console/codes/",
    "/console/guarantee/", "/console/health/",
)  # fmt: skip
FINANCE: Final = (
    "/console/money/", "/console/money/?state=all&q=zzzz", "/console/money/differences/",
    "/console/exchange/", "/console/exchange/margins/", "/console/fees/", "/console/waiting/",
    "/console/reports/", "/console/cards/",
    "/console/cards/{card}/", "/console/boxes/", "/console/boxes/{box}/", "/console/moving/",
    "/console/moving/codes/", "/console/legs/", "/console/legs/{leg}/", "/console/storage/",
)  # fmt: skip
TRUST: Final = (
    "/console/listings/", "/console/companies/", "/console/listings/PRD-020/", "/console/disputes/",
    "/console/disputes/{dispute}/", "/console/claims/", "/console/claims/{claim}/", "/console/returns/",
    "/console/returns/{return}/",
)  # fmt: skip
BY: Final = {
    "": PUBLIC, "ke1": SELLER, "ar1": EXPORTER, "anna": BUYER, "customs": CUSTOMS, "finance": FINANCE,
    "trust": TRUST,
}  # fmt: skip

# The pages of the deal, from the shop window to the money: all rules in both colours and both widths.
DEAL: Final = frozenset(
    {
        "/", "/search/", "/search/?q=zzzz", "/categories/home/", BASKET, f"{BASKET}?ship_to=KE-00100",
        "/accounts/login/", "/accounts/signup/", "/track/{track}/", "/orders/{order}/", "/sell/",
        "/sell/products/PRD-019/", "/sell/orders/{fresh}/", "/sell/payouts/", "/console/holds/",
        "/console/holds/{hold}/",
    }
)  # fmt: skip
FILE: Final = "a file to download"
PIECE: Final = "a piece of a page that is looked at with it"
ONWARD: Final = "leads on to another page"
DATA: Final = "data for programs"
FLOW: Final = "looked at on its way, in test_pages or test_accounts"
# Names of addresses that answer to GET and are in no list, with the reason.
LEFT_OUT: Final = {
    "healthz": DATA, "api-root": DATA, "api-products": DATA, "landed-costs": DATA, "schema": DATA,
    "hs-codes": DATA, "media/<path:path>": FILE,
    "catalog:import": FLOW, "catalog:import-wrong": FILE, "catalog:import-template": FILE,
    "catalog:export": FILE, "catalog:option": PIECE,
    "catalog:photo": PIECE,
    "console:home": ONWARD, "console:payouts": ONWARD, "console:books": ONWARD, "console:rates": ONWARD,
    "console:case_file": FILE, "console:paper": FILE, "console:holds_csv": FILE, "console:waiting_csv": FILE,
    "console:exchange_csv": FILE, "console:guarantee_csv": FILE, "console:moving_csv": FILE,
    "console:differences_csv": FILE, "console:payouts_csv": FILE, "console:bank_file": FILE,
    "console:sellers_csv": FILE, "console:sellers_xml": FILE, "console:taxes_csv": FILE,
    "console:card_export": FILE, "console:tariff_differences": FILE,
    "customs:declaration_paper": FILE, "documents:download": FILE,
    "logistics:label": FILE, "logistics:packing-list": FILE,
    "logistics:manifest": FILE, "logistics:waybill": FILE,
    "orders:checkout": FLOW, "orders:done": FLOW, "orders:undo": ONWARD, "orders:signed": ONWARD,
    "orders:buyer_paper": FILE, "orders:paper": FILE, "orders:return_label": FILE,
    "payments:statement": FILE, "people:address-rule": PIECE,
    "shop:price": PIECE, "shop:find": ONWARD, "shop:destination": ONWARD, "shop:cities": PIECE,
    "orders:origin_savings": PIECE,
    "shop:product-stock": PIECE,
}  # fmt: skip
