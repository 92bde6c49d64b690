"""Lanes of the demo world by stored rates: sourced ones are fixed, others are estimates or refused, and say so."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from customs import origin, starter, stored
from tests.customs.requests import line, request

pytestmark = pytest.mark.django_db
PROOF = ["proof of origin"]


@pytest.fixture(autouse=True)
def rates(db: None) -> Iterator[None]:
    stored.forget()
    starter.load(at=datetime(2026, 11, 21, tzinfo=UTC))
    yield
    stored.forget()


def ask(to: str, made_in: str, code: str, currency: str, papers: list[str], on: str) -> dict[str, Any]:
    value = {"KRW": "2000000", "JPY": "200000"}.get(currency, "2000")
    goods = line(
        value, currency, hs_code=code, origin=made_in, description="goods", net_weight_kg="10",
        gross_weight_kg="11", evidence=papers,
    )  # fmt: skip
    body = request(to, currency, [goods], [], origin=made_in, on=on, buyer={"kind": "business"})
    body["measures"] = None
    if currency != "EUR":
        body["exchange_rates"] = {f"USD/{currency}": "1.5", f"EUR/{currency}": "1.6"}
    answer = Client().post("/api/v1/landed-costs/", json.dumps(body), "application/json")
    assert answer.status_code == 200, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def duty(answer: dict[str, Any]) -> tuple[str, str]:
    [row] = [one for one in answer["charges"] if one["kind"] in {"third_country_duty", "preference"}]
    return row["kind"], row["amount"]["amount"]


@pytest.mark.parametrize(
    ("lane", "code", "currency", "papers", "on", "state", "taken"),
    [
        # Read in its source, with its days and its own paper: fixed.
        (("CN", "KE"), "0603110000", "CNY", [], "2026-11-21", "fixed", ("third_country_duty", "200.00")),
        (("CN", "KE"), "0603110000", "CNY", ["origin:cn-africa:C-1"], "2026-11-21", "fixed", ("preference", "0.00")),
        (("CN", "KE"), "0603110000", "CNY", ["origin:cn-africa:C-1"], "2026-04-30", "fixed", ("third_country_duty", "200.00")),
        (("CN", "KE"), "0603110000", "CNY", ["origin:acfta:E-1"], "2026-11-21", "fixed", ("third_country_duty", "200.00")),
        (("CN", "VN"), "0901210000", "CNY", ["origin:acfta:E-1"], "2026-11-21", "fixed", ("preference", "0.00")),
        (("DE", "TR"), "57021000", "EUR", [], "2026-11-21", "fixed", ("third_country_duty", "60.00")),
        # Derived or general knowledge: an estimate.
        (("DE", "TR"), "57021000", "EUR", ["origin:eu-turkey:A-1"], "2026-11-21", "estimate", ("preference", "0.00")),
        (("KR", "VN"), "0801320000", "KRW", ["origin:kr-vietnam:1"], "2026-11-21", "estimate", ("preference", "0")),
        (("AU", "CN"), "61091000", "AUD", PROOF, "2026-11-21", "estimate", ("preference", "0.00")),
        (("AU", "MY"), "34011100", "AUD", PROOF, "2026-11-21", "estimate", ("preference", "0.00")),
        (("US", "PE"), "10085000", "USD", PROOF, "2026-11-21", "estimate", ("preference", "0.00")),
    ],
)  # fmt: skip
def test_a_rate_is_promised_only_where_it_was_read_in_its_source(
    lane: tuple[str, str],
    code: str,
    currency: str,
    papers: list[str],
    on: str,
    state: str,
    taken: tuple[str, str],
) -> None:
    answer = ask(*lane, code, currency, papers, on)

    assert (answer["state"], duty(answer)) == (state, taken)
    if state == "estimate":
        assert Decimal(answer["at_most"]["amount"]) > Decimal(answer["total"]["amount"])


def test_the_ceiling_of_an_unread_preference_is_the_standard_duty() -> None:
    """2,000 + 3% duty 60 + 19% of 2,060: the A.TR certificate's rate is general knowledge."""
    answer = ask("DE", "TR", "57021000", "EUR", ["origin:eu-turkey:A-1"], "2026-11-21")

    assert answer["total"]["amount"] == "2380.00"
    assert answer["at_most"]["amount"] == "2451.40"


@pytest.mark.parametrize(
    ("lane", "code", "currency", "papers"),
    [
        (("CN", "MY"), "1905900000", "CNY", ["origin:acfta:E-1"]),
        (("MY", "CN"), "61091000", "MYR", ["origin:acfta-asean:E-1"]),
        (("VN", "CN"), "61091000", "VND", []),
        (("PE", "CN"), "61091000", "PEN", []),
        (("JP", "VN"), "61091000", "JPY", PROOF),
    ],
)
def test_a_lane_without_any_rate_is_refused_whatever_paper_is_shown(
    lane: tuple[str, str], code: str, currency: str, papers: list[str]
) -> None:
    answer = ask(*lane, code, currency, papers, "2026-11-21")

    assert answer["state"] == "not_possible"
    assert [reason["code"] for reason in answer["reasons"]] == ["no-duty-row"]
    assert f"We have no customs duty of {lane[0]} for code {code}." in answer["reasons"][0]["words"]


def test_no_agreement_is_named_where_no_source_says_its_days() -> None:
    on = datetime(2026, 11, 21, tzinfo=UTC).date()

    for made_in, to in (("CN", "AU"), ("MY", "AU"), ("PE", "AU"), ("PE", "US"), ("PE", "CA"), ("CN", "DE")):
        assert origin.agreements_for(made_in, to, on) == ()
