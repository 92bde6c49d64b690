"""Who may open which address, as one table, and a small world with a real object behind every number."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from django.apps import apps
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from catalog.models import Import, Picture, Product
from customs import actions as customs
from customs.clearance import Found
from customs.models import Declaration, HoldPaper, Severity
from logistics.models import Parcel
from marketplace.accounts.actions import invite
from marketplace.accounts.models import Address, Company, Membership, User
from marketplace.documents.actions import store
from orders import actions
from orders.models import Dispute, Order
from orders.payments import actions as payments
from orders.payments.models import Payment, Payout
from tests.orders import world
from tests.orders.test_placing import placed
from tests.orders.world import NOW

# Addresses of the console, by how they begin: the desks that may open them.
DESKS: Final = {
    "console/": {"customs"},
    "console/holds/": {"customs"},
    "console/screening/": {"customs", "trust"},
    "console/listings/": {"trust"},
    "console/companies/": {"trust"},
    "console/health/": {"customs", "finance", "trust"},
    "console/health/deliveries/": {"admin"},
    "console/money/": {"finance"},
    "console/exchange/": {"finance"},
    "console/fees/": {"finance"},
    "console/waiting/": {"finance"},
    "console/reports/": {"finance"},
    "console/payouts/": {"finance"},
    "console/books/": {"finance"},
    "console/rates/": {"finance"},
    "console/disputes/": {"trust", "finance"},
    "console/claims/": {"trust", "finance"},
    "console/returns/": {"trust"},
    "console/codes/": {"customs"},
    "console/tariffs/": {"customs"},
    "console/cards/": {"finance"},
    "console/legs/": {"finance"},
    "console/storage/": {"finance"},
    "console/boxes/": {"finance", "trust"},
    "console/moving/": {"finance", "trust"},
    "console/guarantee/": {"customs", "finance"},
    "console/guarantee/outcomes/": {"customs"},
}
# Old addresses that only lead to another one; the wall stands there.
SIGNPOSTS: Final = {"console:home", "console:payouts", "console:books", "console:rates"}
# The seller's addresses, by how they begin: the roles that may read them (an owner has all).
ROLES: Final = {
    "sell/": {"catalogue", "fulfilment", "finance"},
    "sell/imports/": {"catalogue"},
    "sell/products": {"catalogue"},
    "sell/products/<str:number>/stock/": {"catalogue", "fulfilment"},
    "sell/net-price/": {"catalogue", "finance"},
    "sell/deposits/": {"finance"},
    "sell/orders/": {"fulfilment"},
    "sell/payouts/": {"finance"},
    "sell/returns/": {"fulfilment"},
    "sell/warehouse/": {"fulfilment"},
}
# Everybody may open these; what they show is for everybody, or the visitor's own by their session.
PUBLIC: Final = {
    "healthz", "api-root", "api-products", "landed-costs", "schema", "media", "logistics:track",
    "orders:cart", "orders:add", "orders:change", "orders:remove", "orders:undo", "orders:choose",
    "orders:checkout", "orders:signed", "shop:home", "shop:search", "shop:category", "shop:maker",
    "shop:product", "shop:price", "shop:find", "shop:destination", "shop:promise", "shop:styleguide",
    "people:address-rule", "people:invitation", "hs-codes",
}  # fmt: skip
# Messages of the outside world: only with a signature.
SIGNED: Final = {"payments:webhook", "logistics:tracking", "customs:authority"}
# A person's own pages; strangers sign in first.
PERSONAL: Final = {
    "people:company", "people:acting", "people:people", "people:role", "people:withdrawal",
    "people:addresses", "people:address", "people:selling", "notifications:inbox", "notifications:read",
    "documents:download", "orders:list", "customs:papers", "customs:hold_papers", "customs:upload",
    "customs:declaration_paper", "insurance:claim", "insurance:evidence", "insurance:report",
    "orders:return_label",
}  # fmt: skip
# The buyer's own purchase, by company, session or signed link; to others it does not exist.
BUYER: Final = {
    "orders:done", "orders:pay", "orders:detail", "orders:cancel", "orders:confirm", "orders:problem",
    "orders:problem_message", "orders:problem_withdrawal", "orders:review", "orders:return",
    "orders:return_sent", "orders:returned", "orders:buyer_paper", "orders:pay_balance", "orders:part_here",
}  # fmt: skip
# Numbers that belong to a company; another company must be told that they do not exist.
OWNED: Final = {
    "people:role", "people:withdrawal", "people:address", "documents:download",
    "customs:hold_papers", "customs:upload", "customs:declaration_paper", "insurance:claim",
    "insurance:evidence", "insurance:report", "orders:return_label", *BUYER,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Door:
    """One address of the product: its name and its pattern."""

    name: str
    route: str

    @property
    def has_number(self) -> bool:
        return "<" in self.route


def addresses() -> Iterator[Door]:
    """List every address of ours; sign-in and raw rows (the admin) bring their own walls and tests."""
    for name, route in _walk(get_resolver(), "", ""):
        if not route.startswith(("accounts/", "console/rows/")):
            yield Door(name, route)


def _walk(resolver: URLResolver, space: str, before: str) -> Iterator[tuple[str, str]]:
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            deeper = f"{one.namespace}:" if one.namespace else space
            yield from _walk(one, deeper, before + str(one.pattern))
        elif isinstance(one, URLPattern):
            route = before + str(one.pattern).strip("^$").replace("\\.", ".")
            yield f"{space}{one.name or route.split('/')[0]}", route


def by_beginning(table: dict[str, set[str]], route: str) -> set[str] | None:
    """Find the row with the longest beginning."""
    fitting = [start for start in table if route.startswith(start)]
    return table[max(fitting, key=len)] if fitting else None


class World:
    """One order with everything around it, and the people who may or may not see it."""

    def __init__(self) -> None:
        world.load(skus=("BASKET",))
        now = timezone.now()
        group = placed(2)
        Payment.objects.create(
            reference=group.number, amount=group.total_amount, charged_amount=group.total_amount,
            currency=group.currency, success_url="http://x.example/", cancel_url="http://x.example/",
            expires_at=group.pay_until, page_expires_at=group.pay_until, created_at=NOW,
        )  # fmt: skip
        payments.record_offline_capture(reference=group.number, amount=group.total, at=NOW)
        actions.mark_paid(group_number=group.number, captured=group.total, at=NOW)
        self.order = Order.objects.get()
        self.seller, self.buyer = self.order.seller, group.buyer
        customs.check_clearance(order_number=self.order.number, at=now)
        declaration = Declaration.objects.get()
        found = Found("R-TEST-1", 1, Severity.PAPERS, "A paper is needed", "Ask for it", {}, source="test")
        self.hold = customs.open_hold(declaration=declaration, found=[found], at=now)
        self.asked = HoldPaper.objects.create(
            hold=self.hold, party="seller", code="x", label="X", asked_at=now, wanted_by=now
        )
        actions.mark_delivered(number=self.order.number, at=now)
        actions.report_problem(number=self.order.number, reason="It is torn", at=now)
        self.dispute = Dispute.objects.get()
        self.product = Product.objects.get()
        self.picture = Picture.objects.create(product=self.product, name="wall", widths=[480])
        self.other = Company.objects.create(
            number="COM-OTHER", slug="other", name="Other firm", country="KE", currency="KES",
            is_seller=True, state=Company.State.APPROVED,
        )  # fmt: skip
        self.owner = self.person("owner", self.seller, "owner")
        self.address = Address.objects.create(
            company=self.seller, name="A", street="B 1", town="C", country="KE"
        )
        self.member = Membership.objects.get(user=self.owner)
        self.asked_in = invite(
            company=self.seller, by=self.owner, email="x@walls.example", role="catalogue", at=now
        )
        self.list = Import.objects.create(
            seller=self.seller, started_by=self.owner, file_name="a.csv", read_as="csv"
        )
        self.paper = store("test", "x", "a.pdf", b"%PDF-1", "application/pdf", [self.seller])
        payments.set_bank_account(
            seller=self.seller.number, currency="KES", country="KE", holder="M", account="0112345678900",
            at=NOW,
        )  # fmt: skip
        self.payout: Payout | None = None

    def person(self, name: str, company: Company | None, role: str = "", **more: Any) -> User:
        user = User.objects.create_user(f"{name}@walls.example", name=name, company=company, **more)
        if company is not None and role:
            Membership.objects.create(user=user, company=company, role=role)
        return user

    def path(self, address: Door) -> str:
        """Fill an address with numbers that exist."""
        group = self.order.group.number
        starts: dict[str, object] = {
            "console/holds/": self.hold.number, "console/disputes/": self.dispute.number,
            "console/listings/": self.product.number, "console/companies/": self.seller.number,
            "sell/orders/": self.order.number, "sell/products/": self.product.number,
            "orders/": self.order.number, "papers/": self.hold.number,
            "customs/declarations/": Declaration.objects.get().number, "documents/": self.paper.number,
        }  # fmt: skip
        names: dict[str, object] = {
            "group": group, "paper": self.asked.pk, "parcel_number": Parcel.objects.all()[0].number,
            "parcel": Parcel.objects.all()[0].number,
            "slug": self.product.slug, "kind": "invoice" if "papers/" in address.route else "csv",
        }  # fmt: skip
        keys: dict[str, object] = {
            "people/members/": self.member.pk, "people/members/invitations/": self.asked_in.pk,
            "people/addresses/": self.address.pk,
            "sell/imports/": self.list.pk, "sell/products/": self.picture.pk,
        }  # fmt: skip
        if address.name == "customs:declaration_paper":
            names["paper"] = "cn23.pdf"

        def filled(found: re.Match[str]) -> str:
            name = found.group(1)
            if found.group(0).startswith("<int:") and name not in {"pk", "paper"}:
                return "9"
            if name in names:
                return str(names[name])
            table = keys if name == "pk" else starts
            fitting = [start for start in table if address.route.startswith(start)]
            return str(table[max(fitting, key=len)]) if fitting else "9"

        route = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<str:\1>", address.route)
        return "/" + re.sub(r"<\w+:(\w+)>", filled, route)


def signed_in(user: User | None) -> Client:
    """Open a window for a person, or for a stranger."""
    client = Client(raise_request_exception=False)
    if user is not None:
        client.force_login(user)
    return client


def picture_of_everything() -> dict[str, str]:
    """Take a picture of every table of ours, to show that a refused request changed nothing."""
    ours = ("accounts", "catalog", "customs", "orders", "payments", "logistics", "warehousing", "documents")
    shots = {}
    for model in apps.get_models():
        if model._meta.app_label in ours and model.__name__ not in {"Measure", "Leg", "RateCard"}:
            rows = [str(row) for row in model._default_manager.order_by("pk").values_list()]
            shots[model._meta.label] = hashlib.sha256("\n".join(rows).encode()).hexdigest()
    return shots
