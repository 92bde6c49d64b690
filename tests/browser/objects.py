"""One object behind every address with a number: what a browser needs to open each page of the desks."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Final

from django.core.files.uploadedfile import SimpleUploadedFile

from catalog.models import Import
from customs import actions as customs
from customs.models import Declaration, Hold
from customs.tariffs import files, versions
from logistics.insurance.models import Claim
from logistics.models import Container, Leg, ServiceVersion, Shipment
from logistics.views import track_token
from logistics.warehousing.actions import picking
from logistics.warehousing.models import Count, Inbound, StockBalance, Transfer
from marketplace.accounts.actions import invite
from marketplace.accounts.models import Address, Company, User
from marketplace.demo import cases, desks, history, quarrels, stores
from orders.models import Dispute, Order, Return

HEAD: Final = b"code,kind,origin_area,expression,valid_from,valid_to\n"
TARIFF: Final = HEAD + b"61091000,third_country_duty,ERGA OMNES,15%,2026-01-01,\n"
# Key, buyer, goods of the demo table, pieces, days ago. Of Anna's one goes back, one is claimed, one is kept.
DEALS: Final = (
    ("first", "anna", "P019", 2, 24),
    ("other", "anna", "P019", 1, 23),
    ("third", "anna", "P019", 1, 22),
    ("paid", "grace", "P019", 4, 70),
    ("quarrel", "grace", "P019", 3, 24),
    ("second", "grace", "P019", 1, 23),
)
NEWS: Final = ("P001", "P019")


def quiet(_words: str) -> None:
    """Say nothing."""


def play(now: datetime) -> dict[str, object]:
    """Play a few deals and the desks' work; return the number for each name in an address."""
    for key, buyer, goods, pieces, days in DEALS:
        deal(key, buyer, goods, pieces, now - timedelta(days=days), now)
    cases.play(seed=1, at=now, say=quiet, only=NEWS)
    ask(Hold.objects.open()[0], now)
    stores.play(at=now, say=quiet)
    quarrels.play(at=now, say=quiet)
    desks.play(at=now, say=quiet)
    fresh = deal("fresh", "grace", "P019", 1, now - timedelta(hours=3), now)
    (pick,) = picking.start(reference=fresh.number, at=now)
    return {**numbers(now), "pick": pick.number, "fresh": fresh.number}


def ask(hold: Hold, now: datetime) -> None:
    """Ask the maker for a paper, so that there is a page to upload it."""
    by = User.objects.get(email="customs@demo.sampan.example")
    customs.ask_for_papers(
        hold_number=hold.number, by=by, version=hold.version, message="We need this paper.",
        papers=[customs.PaperAsked(code="certificate", label="Veterinary certificate")],
        wanted_by=hold.deadline, at=now,
    )  # fmt: skip


def deal(key: str, buyer: str, goods: str, pieces: int, at: datetime, now: datetime) -> Order:
    """Play one past deal from the order on, as far as it has come."""
    who = User.objects.select_related("company").get(email=f"{buyer}@demo.sampan.example")
    plan = history.Plan(f"browser-{key}", who, ((sku_of(goods), pieces),), at)
    history.play_deal(plan, now, random.Random(key))  # noqa: S311 - the same in every run
    return Order.objects.get(group__key=plan.key)


def sku_of(goods: str) -> str:
    """The house's number of a product of the demo table."""
    return str(StockBalance.objects.filter(sku__endswith=f"-{goods}")[0].sku)


def tariff_numbers(now: datetime) -> dict[str, object]:
    """Propose a version of a tariff, and keep a file that nobody has read yet."""
    by = User.objects.get(email="customs@demo.sampan.example")
    facts = {
        "destination": "US",
        "name": "own-csv",
        "label": "A test",
        "source": "a test",
        "by": by,
        "at": now,
    }
    version = versions.propose(raw=TARIFF, **facts)  # type: ignore[arg-type]
    kept = files.upload(file=SimpleUploadedFile("tariff.csv", TARIFF), **facts)  # type: ignore[arg-type]
    return {"tariff": version.pk, "tariff_file": kept.pk}


def numbers(now: datetime) -> dict[str, object]:
    """Name what stands behind the addresses."""
    maker = Company.objects.get(number="COM-KE1")
    owner = User.objects.get(email="ke1@demo.sampan.example")
    asked, joining = (
        invite(company=maker, by=owner, email=f"{name}@demo.sampan.example", role="fulfilment", at=now)
        for name in ("asked", "joining")
    )
    listed = Import.objects.create(seller=maker, started_by=owner, file_name="list.csv", read_as="csv")
    back = Return.objects.get()
    hers = Order.objects.filter(group__key__in=["browser-first", "browser-other", "browser-third"])
    claim = Claim.objects.get(policy__order_number__in=hers.values("number"))
    kept = hers.exclude(number__in=[back.order.number, claim.policy.order_number]).get()
    shipment = Shipment.objects.get(order_number=back.order.number)
    return {
        **tariff_numbers(now),
        "invitation": asked.token, "joining": joining.token, "import": listed.pk, "return": back.number,
        "claim": claim.number, "kept": kept.number,
        "order": back.order.number, "group": back.order.group.number,
        "address": Address.objects.filter(company=maker)[0].pk, "track": track_token(shipment.number),
        "dispute": Dispute.objects.all()[0].number, "hold": Hold.objects.open()[0].number,
        "inbound": Inbound.objects.filter(owner=maker)[0].number,
        "count": Count.objects.filter(balance__owner=maker)[0].number,
        "shelf": StockBalance.objects.filter(owner=maker)[0].pk, "transfer": Transfer.objects.all()[0].number,
        "box": Container.objects.all()[0].number, "card": ServiceVersion.objects.all()[0].pk,
        "leg": Leg.objects.order_by("pk")[0].pk,
        "declaration": Declaration.objects.all()[0].number,
    }  # fmt: skip
