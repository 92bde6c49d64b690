"""The customs desk's tariff pages: upload, difference, two signatures, freshness, quoted against actual."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import Settings

from customs import stored, tasks
from customs.assessment import assess
from customs.models import DutyOutcome, FileState, Freshness, Measure, TariffFile, TariffVersion, VersionState
from customs.tariffs import base
from marketplace.accounts.models import User
from marketplace.kit.explain import Certainty
from tests.customs.test_record import case, line
from tests.customs.world import NOON, company, operator, person

pytestmark = pytest.mark.django_db
FILE = b"code,kind,origin_area,expression,valid_from,valid_to\n61091000,third_country_duty,ERGA OMNES,15%,,\n"
FORM = {"destination": "us", "format": "own-csv", "label": "New rates", "source": "test"}
NOTE = "Checked on two codes against the source."


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def uploaded(client: Client, raw: bytes, monkeypatch: pytest.MonkeyPatch, **more: str) -> TariffFile:
    sent: list[int] = []
    monkeypatch.setattr(tasks.read_tariff_file, "delay", sent.append)
    form = {**FORM, **more, "file": SimpleUploadedFile("rates.csv", raw)}
    answer = client.post("/console/tariffs/files/", form)
    file = TariffFile.objects.get()
    assert answer.headers["location"] == f"/console/tariffs/files/{file.pk}/"
    assert sent == [file.pk]
    return file


@pytest.fixture(autouse=True)
def _files(settings: Settings, tmp_path: object) -> None:
    settings.VAR_DIR = tmp_path


def test_a_file_goes_from_upload_to_force_by_two_people(
    tariff: stored.Tariff, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = operator("a@example.com"), operator("b@example.com")
    one, two = client_of(first), client_of(second)
    file = uploaded(one, FILE, monkeypatch, starts_on="2026-12-01")
    waiting = one.get(f"/console/tariffs/files/{file.pk}/").content.decode()

    tasks.read_tariff_file(file.pk)
    tasks.read_tariff_file(file.pk)
    version = TariffVersion.objects.get(label="New rates")
    page = two.get(f"/console/tariffs/{version.pk}/").content.decode()

    assert 'hx-trigger="every 2s"' in waiting
    assert "<del>16.5%</del>" in page
    assert "<ins>15%</ins>" in page
    assert (
        one.get(f"/console/tariffs/files/{file.pk}/", headers={"HX-Request": "true"}).headers["HX-Redirect"]
        == f"/console/tariffs/{version.pk}/"
    )
    one.post(f"/console/tariffs/{version.pk}/decision/", {"act": "recommend", "note": NOTE})
    refused = one.post(f"/console/tariffs/{version.pk}/decision/", {"act": "activate", "note": NOTE})
    assert refused.status_code == 409
    two.post(f"/console/tariffs/{version.pk}/decision/", {"act": "activate", "note": NOTE, "when": "legal"})
    version.refresh_from_db()
    assert (version.state, version.starts_on) == (VersionState.ACTIVE, date(2026, 12, 1))
    csv = b"".join(two.get(f"/console/tariffs/{version.pk}/differences/").streaming_content).decode()  # type: ignore[attr-defined]
    assert csv.splitlines()[1:2] == ["changed,61091000,third_country_duty,ERGA OMNES,,,16.5%,15%"]
    two.post(f"/console/tariffs/{version.pk}/decision/", {"act": "ask_back", "note": NOTE})
    one.post(f"/console/tariffs/{version.pk}/decision/", {"act": "take_back", "note": NOTE})
    version.refresh_from_db()
    assert version.state == VersionState.RETIRED


def test_a_broken_file_shows_its_faults_and_loads_nothing(
    tariff: stored.Tariff, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = client_of(operator())
    file = uploaded(client, FILE[:-9], monkeypatch)
    before = (TariffVersion.objects.count(), Measure.objects.count())

    tasks.read_tariff_file(file.pk)

    file.refresh_from_db()
    page = client.get(f"/console/tariffs/files/{file.pk}/").content.decode()
    assert file.state == FileState.REFUSED
    assert "is it cut?" in page
    assert (TariffVersion.objects.count(), Measure.objects.count()) == before


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": "magic"}, "Choose one of the listed formats."),
        ({"destination": "x"}, "Write the country"),
        ({"source": " "}, "Write the country"),
    ],
)
def test_a_wrong_upload_is_refused_with_a_sentence(
    tariff: stored.Tariff, change: dict[str, str], words: str
) -> None:
    form = {**FORM, **change, "file": SimpleUploadedFile("rates.csv", FILE)}

    answer = client_of(operator()).post("/console/tariffs/files/", form)

    assert answer.status_code == 409
    assert words in answer.content.decode()
    assert TariffFile.objects.count() == 0


def test_a_file_that_is_too_large_is_not_kept(tariff: stored.Tariff, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "MAX_BYTES", 50)

    answer = client_of(operator()).post(
        "/console/tariffs/files/", {**FORM, "file": SimpleUploadedFile("rates.csv", FILE)}
    )

    assert answer.status_code == 409
    assert TariffFile.objects.count() == 0


@pytest.mark.parametrize(
    "path",
    [
        "/console/tariffs/",
        "/console/tariffs/1/",
        "/console/tariffs/1/differences/",
        "/console/guarantee/",
        "/console/guarantee/export/",
    ],
)
def test_only_the_desk_enters(tariff: stored.Tariff, path: str) -> None:
    stranger, buyer = Client().get(path), client_of(person("b@example.com")).get(path)

    assert (stranger.status_code, buyer.status_code) == (302, 403)


def test_rows_past_their_limit_give_an_estimate_and_stand_on_the_freshness_table(
    tariff: stored.Tariff,
) -> None:
    fresh = assess(case("US", "USD", line("61091000", "3000")))
    Freshness.objects.filter(kind="duty").update(days=10)
    stored.forget()

    old = assess(case("US", "USD", line("61091000", "3000"), on=date(2026, 11, 21) + timedelta(days=11)))
    page = client_of(operator()).get("/console/tariffs/").content.decode()

    assert fresh.state is Certainty.FIXED
    assert old.state is Certainty.ESTIMATE
    assert old.at_most.amount > old.total.amount
    assert "row-old" in {reason.code for reason in old.reasons}
    assert "of 10" in page


def test_the_guarantee_page_shows_lanes_and_refuses_a_wrong_amount(tariff: stored.Tariff) -> None:
    company("COM-000001", "Kiondo Weavers")
    DutyOutcome.objects.create(
        order_number="ORD-000001", key="k", chapter="46", from_country="KE", to_country="GB",
        quoted_amount=Decimal("12.00"), actual_amount=Decimal("13.50"), currency="GBP", told_by="operator",
        recorded_at=NOON,
    )  # fmt: skip
    client = client_of(operator())

    page = client.get("/console/guarantee/").content.decode()
    csv = b"".join(client.get("/console/guarantee/export/").streaming_content).decode()  # type: ignore[attr-defined]
    wrong = client.post(
        "/console/guarantee/outcomes/", {"order": "ORD-1", "amount": "many", "currency": "GBP"}, follow=True
    )

    assert "Chapter 46, KE to GB" in page
    assert csv.splitlines()[1] == "46,KE,GB,1,GBP,12.00,13.50,-1.50"
    assert "Write the amount as a number" in wrong.content.decode()
    assert DutyOutcome.objects.count() == 1


def test_the_raw_rows_are_for_the_customs_desk_to_search_and_filter(tariff: stored.Tariff) -> None:
    paths = [
        f"/console/rows/customs/{name}/"
        for name in (
            "area", "commodity", "measure", "stackingrule", "additionalcode", "lowvalueregime", "taxrate", "fee",
            "restriction", "freshness", "tariffversion", "tariffile", "versionsignature", "dutyoutcome",
        )
    ]  # fmt: skip
    client = client_of(operator())

    found = client.get("/console/rows/customs/measure/?q=610910&destination=US").content.decode()

    assert [client.get(path.replace("tariffile", "tarifffile")).status_code for path in paths] == [200] * 14
    assert "61091000" in found
    assert "62142000" not in found
    assert client.get("/console/rows/customs/measure/add/").status_code == 403
    assert client_of(person("b@example.com")).get(paths[2]).status_code == 403
    assert Client().get(paths[2]).headers["location"].startswith("/console/rows/login/")
