"""Live carriers over real HTTP: prices, bookings that happen once, news, and what happens when one fails."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from importlib.util import find_spec
from typing import Any

import pytest
from django.conf import settings
from PIL import ImageFile

from logistics import live
from logistics.carriers import live as port
from logistics.carriers import wire
from logistics.carriers.base import BookingParcel
from logistics.carriers.sdk import Live
from marketplace.kit.money import Money
from tests.logistics.carrier_houses import CREDENTIALS, GOODS, Houses, account

D = Decimal
needs_sdk = [
    pytest.mark.skipif(
        find_spec("karrio") is None,
        reason="The carriers' SDK is not installed, so no live carrier is tried. Try `make carriers`.",
    ),
    # A request that is left behind when its time is over leaves its socket to the collector.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]
pytestmark = needs_sdk
ALL = tuple(CREDENTIALS)


def asked(country: str = "AR", **more: Any) -> port.Asked:
    sender = {
        "name": "Bodega",
        "lines": ["Calle 1"],
        "town": "Mendoza",
        "postal_code": "5500",
        "country": country,
    }
    if country == "CA":
        sender |= {"town": "Toronto", "postal_code": "M5V 2T6", "region": "ON"}
    recipient = {
        "name": "Jana Meyer", "lines": ["Invalidenstr. 117"], "town": "Berlin", "postal_code": "10115",
        "country": "DE", "phone": "+49301234",
    }  # fmt: skip
    parcel = BookingParcel("1", D("3.840"), (D("30.1"), D("20"), D("10.9")))
    goods = more.pop("goods", (GOODS,))
    return port.Asked(
        sender, recipient, parcel, Money(D("47.70"), "USD"), date(2026, 11, 24), goods=goods, **more
    )


def of(name: str) -> port.Asked:
    return asked("CA" if name == "canadapost" else "AR")


PRICES: dict[str, list[tuple[str, str, str, str, int | None]]] = {
    "mydhl": [("P", "EXPRESS WORLDWIDE", "61.05", "USD", 3), ("Y", "EXPRESS 12:00", "84.30", "USD", 2)],
    "fedex": [("INTERNATIONAL_PRIORITY", "FedEx International Priority", "73.40", "USD", None)],
    "ups": [("ups_worldwide_expedited", "UPS Worldwide Expedited", "66.95", "USD", 4)],
    "canadapost": [
        ("canadapost_xpresspost_international", "Canada Post Xpresspost International", "57.31", "CAD", 6)
    ],
}


@pytest.mark.parametrize("name", ALL)
def test_a_carrier_prices_a_parcel_in_exact_money_and_its_own_words(houses: tuple[Houses, str], name: str):
    known, address = houses

    rates = Live(account(name, address)).rates(of(name))

    found = [(r.service, r.name, str(r.price.amount), r.price.currency, r.days) for r in rates]
    assert found == PRICES[name]
    assert all(isinstance(money.amount, Decimal) for r in rates for _n, money in r.charges)
    assert all(len(r.code) <= 30 for r in rates)
    assert known.asked


@pytest.mark.parametrize("name", ALL)
def test_dimensions_are_rounded_up_before_a_carrier_sees_them(houses: tuple[Houses, str], name: str):
    """31 × 20 × 11 cm: MyDHL's own adapter would have cut 30.1 to 30."""
    known, address = houses

    Live(account(name, address)).rates(of(name))

    sent = json.dumps(known.asked[-1][2])
    found = [n for n in ("31", "20", "11") if n in sent]
    assert found == ["31", "20", "11"]
    assert "30.1" not in sent
    assert "10.9" not in sent


@pytest.mark.parametrize("name", ALL)
def test_a_booking_carries_our_reference_and_brings_number_and_label(houses: tuple[Houses, str], name: str):
    known, address = houses
    service = PRICES[name][0][0]

    label = Live(account(name, address)).book(of(name), service=service, reference="SHP-000007")

    assert list(known.booked.values()) == [label.tracking_number]
    assert next(iter(known.booked)) == "SHP-000007#0"
    assert label.label.startswith(b"%PDF")
    assert label.media_type == "application/pdf"


def test_customs_values_reach_dhl_to_the_cent(houses: tuple[Houses, str]):
    known, address = houses

    Live(account("mydhl", address)).book(asked(duty_paid=True), service="P", reference="SHP-1")

    [sent] = known.posts("/shipments")
    [line] = sent["content"]["exportDeclaration"]["lineItems"]
    assert (line["price"], line["quantity"]["value"]) == (15.9, 3)
    assert (sent["content"]["incoterm"], sent["productCode"]) == ("DDP", "P")


@pytest.mark.parametrize("name", ALL)
def test_what_a_carrier_is_sent_is_what_was_asked(houses: tuple[Houses, str], name: str):
    """The SDK turns streets around, cuts 3.84 kg to 3.8, doubles a value, and calls pounds kilograms."""
    known, address = houses

    Live(account(name, address)).book(of(name), service=PRICES[name][0][0], reference="SHP-1")

    sent = json.dumps(known.posts("ship")[-1])
    assert "Invalidenstr. 117" in sent
    assert "117 Invalidenstr" not in sent
    assert ("3.84" in sent) is (name != "canadapost")
    assert ("<weight>3.9</weight>" in sent) is (name == "canadapost")
    assert "8.47" not in sent
    assert "95.4" not in sent
    assert "15.9" in sent


@pytest.mark.parametrize("name", ["mydhl", "fedex", "ups"])
def test_a_booking_whose_answer_is_lost_is_found_by_our_reference(
    houses: tuple[Houses, str], name: str, monkeypatch: pytest.MonkeyPatch
):
    known, address = houses
    monkeypatch.setattr(wire, "ONE_REQUEST", 0.5)
    known.behave, known.slow = "slow after booking", 1.5
    one = Live(account(name, address))

    with pytest.raises(port.BookingUnclear):
        one.book(of(name), service=PRICES[name][0][0], reference="SHP-9")
    known.behave = "well"
    found = one.find("SHP-9", on=date(2026, 11, 24))

    assert list(known.booked.values()) == [found]
    assert one.find("SHP-10", on=date(2026, 11, 24)) is None


@pytest.mark.parametrize("name", ALL)
@pytest.mark.parametrize(
    ("behave", "on_rates", "on_booking"),
    [
        ("broken", port.CarrierUnavailable, port.BookingUnclear),
        ("page", port.CarrierUnavailable, port.BookingUnclear),
        ("silent", port.CarrierUnavailable, port.BookingUnclear),
        ("drip", port.CarrierUnavailable, port.BookingUnclear),
        ("refusing", port.CarrierRefuses, port.CarrierRefuses),
    ],
)
def test_trouble_is_told_apart(
    houses: tuple[Houses, str], name: str, behave: str, on_rates: type[Exception],
    on_booking: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
):  # fmt: skip
    known, address = houses
    monkeypatch.setattr(wire, "ONE_REQUEST", 0.6)
    monkeypatch.setattr(wire, "ONE_CALL", 2.0)
    one = Live(account(name, address))
    known.behave, known.slow = behave, 1.2
    before = datetime.now(tz=UTC)

    with pytest.raises(on_rates):
        one.rates(of(name))
    with pytest.raises(on_booking):
        one.book(of(name), service=PRICES[name][0][0], reference="SHP-1")

    assert (datetime.now(tz=UTC) - before).total_seconds() < 6


@pytest.mark.parametrize("name", ALL)
def test_nobody_at_the_address_means_that_nothing_is_booked(name: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(port.PROCESS, "1")
    one = Live(account(name, "http://127.0.0.1:9"))

    with pytest.raises(port.CarrierUnavailable):
        one.rates(of(name))
    with pytest.raises(port.CarrierUnavailable):
        one.book(of(name), service=PRICES[name][0][0], reference="SHP-1")


TOLD: dict[str, list[tuple[str, str, str | None]]] = {
    "mydhl": [
        ("PU", "2026-11-25T10:12", "picked_up"), ("CR", "2026-11-27T08:00", "customs_cleared"),
        ("OK", "2026-11-28T14:31", "delivered"),
    ],
    "fedex": [("PU", "2026-11-25T18:00", "picked_up"), ("DL", "2026-11-28T10:00", "delivered")],
    "ups": [("PU", "2026-11-25T09:15", None), ("DP", "2026-11-26T10:15", "in_transit")],
    "canadapost": [("1701", "2026-11-26T09:00", "available_for_pickup")],
}  # fmt: skip


@pytest.mark.parametrize("name", ALL)
def test_news_come_oldest_first_in_our_words_with_the_carriers_proof(houses: tuple[Houses, str], name: str):
    _known, address = houses

    rows = Live(account(name, address)).tracking("123")

    assert [(row["code"], row["time"][:16]) for row in rows] == [told[:2] for told in TOLD[name]]
    for row, (_code, _time, status) in zip(rows, TOLD[name], strict=True):
        assert status is None or row["status"] == status
    if name in {"mydhl", "fedex"}:
        assert rows[-1]["evidence"] == {"signed_by": "J. Meyer"}


def test_the_sdk_leaves_certificate_checks_as_they_were(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(port.PROCESS, "1")

    wire.load()

    assert ssl._create_default_https_context is ssl.create_default_context
    assert ssl._create_default_https_context().verify_mode == ssl.CERT_REQUIRED
    assert ssl._create_default_https_context().check_hostname is True
    assert ImageFile.LOAD_TRUNCATED_IMAGES is False


def test_no_web_process_loads_the_sdk():
    """Everything that a web process and the common worker import, in a fresh interpreter."""
    program = (
        "import sys, django; django.setup(); import marketplace.urls, marketplace.subscriptions;"
        "from django.urls import get_resolver; get_resolver().url_patterns;"
        "from marketplace.celery import app; app.loader.import_default_modules();"
        "from logistics.carriers import sdk, wire;\n"
        "try: wire.load()\n"
        "except wire.WrongProcess: print('refused')\n"
        "print([name for name in sys.modules if name.split('.')[0] in {'karrio', 'PyPDF2', 'loguru'}])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=settings.BASE_DIR
    )

    assert done.stdout.split("\n")[:2] == ["refused", "[]"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "cannot be read"),
        ('[{"carrier": "dpd", "credentials": {}}]', "dpd is not one of"),
        ('[{"carrier": "ups"}]', "cannot be read"),
        ('[{"carrier": "ups", "credentials": {}}, {"carrier": "ups", "credentials": {}}]', "twice"),
    ],
)
def test_a_senseless_setting_is_refused(text: str, words: str):
    with pytest.raises(port.BadAccounts, match=words):
        port.read_accounts(text)


def test_without_the_setting_there_is_no_live_carrier():
    assert port.read_accounts("") == ()
    assert live.accounts() == ()
