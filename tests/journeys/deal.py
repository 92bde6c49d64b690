"""One deal from the order button to the seller's bank, told by everybody's own pages."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from customs import tasks as customs_tasks
from customs.models import Hold
from logistics.models import Parcel
from logistics.webhooks import sign
from marketplace.accounts.models import Company, Membership, User
from marketplace.sandbox.app import Sandbox
from orders import documents
from orders.models import Order, OrderGroup, OrderState
from orders.payments import actions as payments
from orders.payments import books
from orders.payments.models import Earning, Payout, PayoutState
from tests.journeys import steps
from tests.orders import world

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
ACCOUNTS = {"AR": "2850590940090418135201", "MY": "514012345678", "KE": "0112345678900"}


class Deal:
    """The people of a deal, each at their own desk, and the steps they take."""

    def __init__(self, buyer: Client, sandbox: Sandbox, callbacks: DjangoCaptureOnCommitCallbacks) -> None:
        self.buyer, self.sandbox, self.callbacks = buyer, sandbox, callbacks
        self._desks: dict[str, Client] = {}

    def buy(self, lines: dict[str, int], where: dict[str, str], ship_to: str, currency: str) -> OrderGroup:
        """Buy and pay as a guest; the return page finds the bank's answer before its message comes."""
        world.load(skus=tuple(lines))
        with self.callbacks(execute=True):
            steps.fill(self.buyer, lines, ship_to=ship_to, currency=currency)
            assert steps.order(self.buyer, where).status_code == 302
        group = steps.last_group()
        assert group.state == "PLACED"
        assert steps.pay(self.sandbox, group).status_code < 400
        with self.callbacks(execute=True):
            assert self.buyer.get(f"/checkout/{group.number}/done/").status_code == 200
        group.refresh_from_db()
        assert group.state == "PAID"
        return group

    def desk(self, name: str) -> Client:
        """Sign a member of staff in, once for each desk."""
        if name not in self._desks:
            user = User.objects.create_user(f"{name}@sampan.example", is_staff=True, desk=name, name=name)
            self._desks[name] = signed_in(user)
        return self._desks[name]

    def seller(self, company: Company) -> Client:
        """Sign the owner of a seller in, once."""
        if company.number not in self._desks:
            user = User.objects.create_user(f"{company.slug}@maker.example", company=company)
            Membership.objects.create(user=user, company=company, role=Membership.Role.OWNER)
            self._desks[company.number] = signed_in(user)
        return self._desks[company.number]

    def decide(self, hold: Hold, decision: str, reason: str, **more: Any) -> None:
        """Let the operator decide on the case page."""
        hold.refresh_from_db()
        case = f"/console/holds/{hold.number}/"
        assert self.desk("customs").get(case).status_code == 200
        form = {"decision": decision, f"reason_{decision}": reason, "version": hold.version, **more}
        with self.callbacks(execute=True):
            assert self.desk("customs").post(f"{case}decision/", form).status_code == 302
        hold.refresh_from_db()

    def clear_with_papers(self, order: Order) -> list[str]:
        """Ask the seller for what the rules want, upload it as the seller, release; return the papers."""
        hold = Hold.objects.open().get(declaration__order_number=order.number)
        wanted = [p for finding in hold.findings.all() for p in finding.evidence.get("papers", [])]
        asked = [f"{paper['party']}|{paper['code']}|{paper['label']}" for paper in wanted]
        self.decide(hold, "papers", "papers-missing", paper=asked, message="Please upload them.")
        for paper in hold.papers.all():
            file = SimpleUploadedFile("certificate.pdf", PDF, "application/pdf")
            with self.callbacks(execute=True):
                sent = self.seller(order.seller).post(f"/papers/{hold.number}/{paper.pk}/", {"file": file})
            assert sent.status_code == 302
        self.decide(hold, "release", "papers-good")
        assert hold.state == "RELEASED"
        return [paper["label"] for paper in wanted]

    def pack(self, order: Order) -> None:
        """Pack on the seller's page and print every paper."""
        maker = self.seller(order.seller)
        with self.callbacks(execute=True):
            assert maker.post(f"/sell/orders/{order.number}/packing/").status_code == 302
        for kind in documents.KINDS:
            paper = maker.get(f"/sell/orders/{order.number}/papers/{kind}/")
            assert paper.content.startswith(b"%PDF")
        for parcel in Parcel.objects.filter(shipment__order_number=order.number):
            label = maker.get(f"/sell/orders/{order.number}/parcel/{parcel.number}/label.pdf")
            assert label.content.startswith(b"%PDF")

    def carry(self, order: Order, *codes: str) -> None:
        """Let the carrier send signed news of every parcel, one scan each hour."""
        for parcel in Parcel.objects.filter(shipment__order_number=order.number):
            for hour, code in enumerate(codes, 8):
                event = {
                    "code": code, "tracking_number": parcel.tracking_number,
                    "time": f"2026-12-01T{hour:02d}:00:00+00:00",
                    "evidence": {"signed_by": "J. Richter", "proof": "signature"},
                }  # fmt: skip
                self.post("/logistics/tracking/", settings.CARRIER_SECRET, {"events": [event]})

    def authority(self, declaration: str, state: str, reason: str = "") -> None:
        """Let the customs authority send its signed word on a declaration."""
        word = {"id": f"{declaration}-{state}", "reference": declaration, "state": state, "reason": reason}
        self.post("/customs/authority/", settings.CUSTOMS_SECRET, word)
        with self.callbacks(execute=True):
            customs_tasks.read_lost_messages()

    def post(self, path: str, secret: str, message: dict[str, Any]) -> None:
        """Send a signed message of the outside world."""
        body = json.dumps(message).encode()
        header = sign(body, secret, int(timezone.now().timestamp()))
        with self.callbacks(execute=True):
            answer = Client().post(
                path, body, content_type="application/json", headers={"X-Sampan-Signature": header}
            )
        assert answer.status_code == 202, answer.content

    def deliver(self, order: Order) -> None:
        """Ship, clear, deliver; the buyer confirms the receipt on the order's page."""
        self.carry(order, "picked_up", "import_customs", "customs_cleared", "delivered")
        order.refresh_from_db()
        assert order.state == OrderState.DELIVERED
        page = self.buyer.get(f"/orders/{order.number}/").content.decode()
        way = ["Paid", "Packed", "Picked up", "At customs", "Customs let it go", "Delivered"]
        assert told_in_order(page, way)
        with self.callbacks(execute=True):
            assert self.buyer.post(f"/orders/{order.number}/receipt/").status_code == 302
        order.refresh_from_db()
        assert order.state == OrderState.COMPLETED

    def pay_out(self, *orders: Order) -> list[str]:
        """Run the payouts, hand the bank file over, confirm each; return the amounts by seller."""
        for order in orders:
            payments.set_bank_account(
                seller=order.seller.number, currency=order.seller_currency, country=order.seller.country,
                holder=order.seller.name, account=ACCOUNTS[order.seller.country],
                at=timezone.now() - timedelta(days=9),
            )  # fmt: skip
        finance = self.desk("finance")
        with self.callbacks(execute=True):
            payments.run_payouts(timezone.now())
            assert finance.post("/console/money/files/csv/").status_code == 200
        for payout in Payout.objects.all():
            with self.callbacks(execute=True):
                finance.post(
                    f"/console/money/payouts/{payout.number}/", {"bank_reference": f"B-{payout.number}"}
                )
        assert {payout.state for payout in Payout.objects.all()} == {PayoutState.PAID}
        assert not Earning.objects.exclude(state=Earning.State.PAID).exists()
        return [f"{payout.money.rounded()}" for payout in Payout.objects.order_by("seller")]


def signed_in(user: User) -> Client:
    """Open a window for a person."""
    client = Client()
    client.force_login(user)
    return client


def told_in_order(page: str, words: list[str]) -> bool:
    """Tell whether the timeline says these words one after the other."""
    return re.search(".*".join(re.escape(f"<b>{word}") for word in words), page, re.DOTALL) is not None


def charge(order: Order, kind: str) -> dict[str, Any]:
    """Give the one charge of a kind, as promised on the order."""
    [found] = [one for one in order.charges if one["kind"] == kind]
    return dict(found)


def charged(order: Order, *kinds: str) -> dict[str, tuple[str, str, str]]:
    """Give basis, rate and amount of charges, to compare with a calculation by hand."""
    rows = {kind: charge(order, kind) for kind in kinds}
    return {k: (row["basis"]["amount"], row["rate"], row["amount"]["amount"]) for k, row in rows.items()}


def assert_books_balance() -> None:
    """Check every law of the books."""
    for law in books.prove():
        assert law.holds, (law.law, law.broken)
