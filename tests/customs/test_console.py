"""The console's pages: who may enter, what they show, in how many statements they list."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from customs import actions
from customs.actions import PaperAsked
from customs.actions.parties import Entry
from customs.models import Declaration, Hold, HoldState
from marketplace.accounts.models import Membership
from marketplace.events.models import Event
from tests.customs.world import NOON, basket, company, declared, operator, person

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


@pytest.fixture
def hold() -> Hold:
    seller = company("COM-000001", "Kiondo Weavers")
    declared("ORD-000001", seller, basket(hs_code=""))
    opened = actions.check_clearance(order_number="ORD-000001", at=timezone.now())
    assert opened is not None
    return opened


def signed_in(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def ask(hold: Hold) -> int:
    actions.ask_for_papers(
        hold_number=hold.number,
        by=operator("asks@sampan.example"),
        version=hold.version,
        papers=[PaperAsked(code="invoice", label="Commercial invoice")],
        message="Please send it.",
        wanted_by=timezone.now() + timedelta(days=3),
        at=timezone.now(),
    )
    return hold.papers.get().pk


STAFF_PAGES = [
    "/console/holds/",
    "/console/holds/export/",
    "/console/holds/{number}/",
    "/console/holds/{number}/file/",
    "/console/screening/",
    "/console/health/",
]


@pytest.mark.parametrize("address", STAFF_PAGES)
def test_only_the_customs_desk_enters(hold: Hold, address: str) -> None:
    address = address.format(number=hold.number)
    owner = person("maker@example.com", company=hold.declaration.seller)
    other = person("other@example.com", company=company("COM-000009", "Other firm"))
    finance = person("fin@sampan.example", is_staff=True, desk="trust" if "health" not in address else "")

    stranger = Client().get(address)

    assert (stranger.status_code, stranger["Location"].split("?")[0]) == (302, "/accounts/login/")
    assert signed_in(owner).get(address).status_code == 403
    assert signed_in(other).get(address).status_code == 403
    if "screening" not in address:
        assert signed_in(finance).get(address).status_code == 403
    assert signed_in(operator()).get(address).status_code == 200


def test_papers_are_shown_to_those_who_were_asked(hold: Hold) -> None:
    paper = ask(hold)
    owner = person("maker@example.com", company=hold.declaration.seller)
    other = person("other@example.com", company=company("COM-000009", "Other firm"))
    address = f"/papers/{hold.number}/"

    assert Client().get(address).status_code == 302
    assert signed_in(other).get(address).status_code == 404
    assert signed_in(operator()).get(address).status_code == 404
    assert b"Commercial invoice" in signed_in(owner).get(address).content
    assert b"Commercial invoice" in signed_in(owner).get("/papers/").content
    upload = {"file": SimpleUploadedFile("a.pdf", PDF)}
    assert signed_in(other).post(f"{address}{paper}/", upload).status_code == 404
    refused = signed_in(owner).post(f"{address}{paper}/", {"file": SimpleUploadedFile("a.pdf", b"MZ evil")})
    assert refused.status_code == 400
    assert Hold.objects.get().state == HoldState.WAITING
    kept = signed_in(owner).post(f"{address}{paper}/", {"file": SimpleUploadedFile("a.pdf", PDF)})
    assert kept.status_code == 302
    assert Hold.objects.get().state == HoldState.ARRIVED
    version = hold.papers.get().versions.get()
    got = signed_in(operator("omar@sampan.example")).get(f"/console/holds/{hold.number}/papers/{version.pk}/")
    assert got.content == PDF


def test_the_case_page_tells_the_finding_and_the_history(hold: Hold) -> None:
    page = signed_in(operator()).get(f"/console/holds/{hold.number}/").content.decode()

    assert "Customs data is missing: customs code with at least 6 digits" in page
    assert "R-DATA-001 v1" in page
    assert "Rules held the shipment: R-DATA-001" in page
    assert "Kiondo Weavers" in page
    assert 'style="' not in page


def test_a_decision_on_an_old_page_is_refused_with_the_first_one(hold: Hold) -> None:
    first, second = signed_in(operator()), signed_in(operator("omar@sampan.example"))
    form = {"decision": "release", "reason_release": "false-alarm", "version": "1"}

    done = first.post(f"/console/holds/{hold.number}/decision/", form)
    late = second.post(f"/console/holds/{hold.number}/decision/", form | {"decision": "reject"})

    assert done.status_code == 302
    assert late.status_code == 409
    assert "Amina decided" in late.content.decode()
    assert Declaration.objects.get().state == "CHECKED"


def test_corrections_come_from_the_form(hold: Hold) -> None:
    form = {
        "decision": "correct",
        "reason_correct": "wrong-code",
        "version": "1",
        "line1.hs_code": "4602 19",
        "line1.origin": "KE",
    }

    signed_in(operator()).post(f"/console/holds/{hold.number}/decision/", form)

    assert hold.declaration.lines.get().hs_code == "460219"


def test_two_people_decide_on_the_pages() -> None:
    seller = company("COM-000001", "Kiondo Weavers")
    declared("ORD-000001", seller, basket(hs_code="", value=basket().value * 200))
    hold = actions.check_clearance(order_number="ORD-000001", at=timezone.now())
    assert hold is not None
    amina, omar = signed_in(operator()), signed_in(operator("omar@sampan.example"))
    form = {"decision": "release", "reason_release": "papers-good", "version": "1"}
    amina.post(f"/console/holds/{hold.number}/decision/", form)
    address = f"/console/holds/{hold.number}/agreement/"

    refused = amina.post(address, {"version": "2", "answer": "yes"})
    page = omar.get(f"/console/holds/{hold.number}/").content.decode()
    agreed = omar.post(address, {"version": "2", "answer": "yes"})

    assert refused.status_code == 403
    assert "Amina recommends: Release" in page
    assert agreed.status_code == 302
    assert Hold.objects.get().state == HoldState.RELEASED


def test_the_case_is_one_file_with_evidence_and_history(hold: Hold) -> None:
    paper = ask(hold)
    owner = person("maker@example.com", company=hold.declaration.seller)
    actions.upload_paper(paper_id=paper, by=owner, filename="a.pdf", content=PDF, at=timezone.now())

    answer = signed_in(operator()).get(f"/console/holds/{hold.number}/file/")

    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    parts = {name.removeprefix(f"{hold.number}/"): archive.read(name) for name in archive.namelist()}
    assert {"case.pdf", "case.json", "history.csv", "MANIFEST.txt"} < parts.keys()
    assert parts["papers/seller-invoice-v1-a.pdf"] == PDF
    assert parts["case.pdf"].startswith(b"%PDF-")
    case = json.loads(parts["case.json"])
    assert [one["rule"] for one in case["findings"]] == ["R-DATA-001"]
    told = ["DeclarationDrafted", "HoldOpened", "PapersAsked", "PapersReceived"]
    assert [one["event"] for one in case["history"]] == told
    assert case["chain"] == {"entries": 4, "whole": True, "broken_at": None}
    for line in parts["MANIFEST.txt"].decode().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256(parts[name]).hexdigest() == digest


def test_the_page_checks_the_seals_and_says_when_the_history_was_changed(hold: Hold) -> None:
    client, address = signed_in(operator()), f"/console/holds/{hold.number}/"
    assert "2 seals checked: nothing was changed" in client.get(address).content.decode()

    Event.objects.filter(name="HoldOpened").update(payload={"hold": hold.number, "rules": []})

    assert "Seal 2 does not fit: the history was changed" in client.get(address).content.decode()


def test_letters_are_drafted_in_the_language_of_seller_and_buyer() -> None:
    seller = company("COM-000001", "Viñas del Sol", "AR", languages=["es", "en"])
    buyer = company("COM-000002", "Anna Weiss", "DE", kind="consumer")
    Membership.objects.create(user=person("anna@example.com", language="de"), company=buyer)
    near = [Entry(entry="1", kind="person", name="Anna Weiss")]
    actions.load_parties(source="DEMO", title="Demo", entries=near, listed_on=None, at=NOON, demo=True)
    declared("ORD-000001", seller, basket(hs_code=""), buyer=buyer, buyer_name="Anna Weiss")
    case = actions.check_clearance(order_number="ORD-000001", at=timezone.now())
    assert case is not None

    page = signed_in(operator()).get(f"/console/holds/{case.number}/?letter=papers").content.decode()

    assert "Su envío ORD-000001 (2 × Sisal basket) está detenido en la aduana." in page
    german = "Ihre Sendung ORD-000001 (2 × Sisal basket) wartet beim Zoll. "
    assert f"{german}Wir brauchen: Kopie von Pass oder Personalausweis." in page
    assert 'lang="es"' in page
    assert 'lang="de"' in page


def test_views_are_kept_and_forgotten(hold: Hold) -> None:
    client = signed_in(operator())

    kept = client.post("/console/holds/views/", {"name": "To China", "query": "to=CN&sort=value"})

    assert kept["Location"] == "/console/holds/?to=CN&sort=value"
    assert b"To China" in client.get("/console/holds/").content


@pytest.mark.parametrize(
    "query",
    [
        "",
        "sort=value",
        "sort=cost&severity=2",
        "mine=1&due=today",
        "q=kiondo&to=GB&page=zzz",
        "state=%00&sort=x",
    ],
)
def test_any_filter_answers(hold: Hold, query: str) -> None:
    assert signed_in(operator()).get(f"/console/holds/?{query}").status_code == 200


def test_ten_thousand_cases_list_with_constant_statements(django_assert_max_num_queries) -> None:
    seller = company("COM-000001", "Kiondo Weavers")
    Declaration.objects.bulk_create(
        Declaration(
            number=f"DEC-9{n:05d}", order_number=f"ORD-9{n:05d}", seller=seller, buyer_name="B",
            from_country="KE", to_country="GB", value_amount=n, currency="EUR", value_euro=n, drafted_at=NOON,
            state="HELD",
        )
        for n in range(10_000)
    )  # fmt: skip
    Hold.objects.bulk_create(
        Hold(
            number=f"HLD-9{n:05d}", declaration=declaration, title="A paper", opened_at=NOON,
            deadline=NOON + timedelta(minutes=n), value_amount=n, currency="EUR", value_euro=n,
            cost_per_day_euro=Decimal(n) / 10,
        )
        for n, declaration in enumerate(Declaration.objects.order_by("pk"))
    )  # fmt: skip
    client = signed_in(operator())
    client.get("/console/holds/")

    for query in (
        "",
        "?sort=value",
        "?sort=cost&page=200",
        "?q=kiondo&to=GB&severity=2",
        "?due=today&state=OPEN&page=2",
    ):
        with django_assert_max_num_queries(10):
            answer = client.get(f"/console/holds/{query}")
        assert answer.status_code == 200
    assert b"10000 cases" in client.get("/console/holds/").content


def test_the_age_of_each_list_is_shown_and_a_list_that_is_too_old_is_marked(settings: Any) -> None:
    settings.SCREENING_MAX_AGE_DAYS = 14
    today = timezone.now().date()
    for source, days in (("UN", 3), ("UK", 20)):
        actions.load_parties(
            source=source,
            title=f"{source} list",
            entries=[Entry(entry="1", kind="firm", name="Nordlicht Umschlag GmbH")],
            listed_on=today - timedelta(days=days),
            at=timezone.now(),
        )

    page = signed_in(operator()).get("/console/screening/").content.decode()

    assert "New parties wait when a list is older than 14 days." in page
    assert "3 days old" in page
    assert "20 days old: too old" in page
