"""Rules of regimes, in requests with stated measures; each figure is worked out in the docstring."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.customs.requests import NONE, line, money, request

pytestmark = pytest.mark.django_db


def ask(client: Any, body: dict[str, Any]) -> dict[str, Any]:
    response = client.post("/api/v1/landed-costs/", json.dumps(body), "application/json")
    assert response.status_code == 200, response.json()
    found: dict[str, Any] = response.json()
    return found


def of(answer: dict[str, Any], *kinds: str) -> Decimal:
    return sum((Decimal(c["amount"]["amount"]) for c in answer["charges"] if c["kind"] in kinds), Decimal(0))


def test_a_delivered_price_gives_back_the_value_before_duty(client):
    """(10,000 - 0.10 x 500 kg - 450) / (1 + 0.05 + 0.003464) = 9,500 / 1.053464 = 9,017.87."""
    body = request(
        "US", "USD", [line("10000", "USD", net_weight_kg="500")],
        [("1", "third_country_duty", "10 cents/kg + 5%"), (None, "fee", "0.3464%")],
        freight=money("450", "USD"), rules={"price_includes_duty": True},
    )  # fmt: skip

    answer = ask(client, body)

    assert answer["customs_value"]["amount"] == "9017.87"
    assert Decimal(answer["total"]["amount"]) == Decimal("10000.00")


def test_a_price_with_gst_inside_gives_the_goods_and_freight_before_it(client):
    """1,100 / 1.1 + 5.50 / 1.1 + 100.50 of tax = 1,105.50, what the buyer sees."""
    body = request(
        "AU", "AUD", [line("1100", "AUD")], [("1", "vat", "10%")], freight=money("5.50", "AUD"),
        rules={"price_includes_duty": True},
    )  # fmt: skip

    answer = ask(client, body)

    assert Decimal(answer["total"]["amount"]) == Decimal("1105.50")


def test_the_eu_flat_duty_begins_on_the_first_of_july(client):
    lines = [line("20", "EUR", hs_code="610910"), line("30", "EUR", hs_code="640399")]
    before = ask(client, request("DE", "EUR", lines, [(None, "vat", "19%")], on="2026-06-30"))
    after = ask(client, request("DE", "EUR", lines, [(None, "vat", "19%")], on="2026-07-01"))

    assert of(before, "third_country_duty") == 0
    assert of(after, "third_country_duty") == 6
    assert before["regime"]["code"] != after["regime"]["code"]
    assert after["regime"]["legal_ref"].startswith("Reg (EU) 2026/382")


def test_brazil_takes_sixty_percent_less_twenty_dollars(client):
    """60% of USD 100 less 20 = 40; ICMS (140) / 0.83 x 0.17 = 28.67."""
    body = request("BR", "USD", [line("100", "USD")], [("1", "sales_tax", "17%", {"inside": True})],
                   exchange_rates={"USD/BRL": "5.50"})  # fmt: skip

    answer = ask(client, body)

    assert (of(answer, "third_country_duty"), of(answer, "sales_tax")) == (Decimal("40.00"), Decimal("28.67"))


def test_cross_border_retail_to_china_pays_seventy_percent_of_the_taxes(client):
    """Wine of CNY 1,000: (0.10 + 0.13) / 0.90 x 70% = 17.89%."""
    body = request("CN", "CNY", [line("1000", "CNY", hs_code="220421")],
                   [("1", "third_country_duty", "14%"), ("1", "consumption_tax", "10%"), ("1", "vat", "13%")])  # fmt: skip  # noqa: E501

    answer = ask(client, body)

    assert answer["regime"]["code"] == "CN-CBEC"
    assert of(answer, "third_country_duty") == 0
    assert of(answer, "consumption_tax", "vat") == Decimal("178.89")


def test_a_preference_needs_a_paper_and_shows_its_saving(client):
    measures = [("1", "third_country_duty", "12%"), ("1", "preference", "0%"), ("1", "vat", "9%")]
    goods = line("250", "EUR", hs_code="060311")

    without = ask(client, request("NL", "EUR", [goods], measures, origin="KE"))
    paper = ask(
        client, request("NL", "EUR", [{**goods, "evidence": ["origin declaration"]}], measures, origin="KE")
    )

    assert of(without, "third_country_duty") == Decimal("30.00")
    assert [(a["kind"], a["saving"]["amount"]) for a in without["alternatives"] if not a["chosen"]] == [
        ("preference", "30.00")
    ]
    assert of(paper, "preference") == 0
    assert of(paper, "vat") == Decimal("22.50")


@pytest.mark.parametrize(("value", "tax"), [("61.72", "0"), ("62", "5.02")])
def test_swiss_vat_up_to_five_francs_is_not_collected(client, value, tax):
    answer = ask(client, request("CH", "CHF", [line(value, "CHF")], [("1", "vat", "8.1%")]))

    assert of(answer, "vat") == Decimal(tax)


def test_a_missing_weight_is_named(client):
    answer = ask(
        client, request("GB", "GBP", [line("500", "GBP")], [("1", "third_country_duty", "35 GBP/100 kg")])
    )

    assert answer["state"] == "not_possible"
    assert answer["total"] is None
    assert "net weight" in answer["reasons"][0]["words"]


def test_an_agricultural_component_is_refused(client):
    answer = ask(
        client,
        request("FR", "EUR", [line("500", "EUR")], [("1", "third_country_duty", "9 + EA MAX 18.7 +ADSZ")]),
    )

    assert answer["state"] == "not_possible"
    assert "agricultural component" in answer["reasons"][0]["words"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"currency": "XXQ"}, "currency"), ({"on": "30.6.2026"}, "on"), ({"lines": []}, "lines"),
        ({"ship_to": {"country": "QQ"}}, "ship_to.country"), ({"freight": {"amount": "-1", "currency": "EUR"}}, "freight.amount"),  # noqa: E501
        ({"measures": [{"kind": "magic", "expression": "1%"}]}, "measures[0].kind"),
        ({"exchange_rates": {"USD/EUR": "0"}}, "exchange_rates.USD/EUR"), ({"mode": "swim"}, "mode"),
        ({"lines": [{"unit_value": {"amount": "NaN", "currency": "EUR"}}]}, "lines[0].unit_value.amount"),
        ({"lines": [{"unit_value": {"amount": "1", "currency": "EUR"}, "hs_code": "61"}]}, "lines[0].hs_code"),  # noqa: E501
    ],
)  # fmt: skip
def test_a_wrong_field_is_named(client, change, field):
    body = {**request("DE", "EUR", [line("10", "EUR")], [], rules=NONE), **change}

    response = client.post("/api/v1/landed-costs/", json.dumps(body), "application/json")

    assert response.status_code == 400
    assert response["content-type"].startswith("application/problem+json")
    assert [error["field"] for error in response.json()["errors"]] == [field]


@pytest.mark.parametrize("raw", [b"", b"{", b"[]", b'"x"', b"\xff\xfe", b"[" * 3000])
def test_what_is_no_request_is_a_clear_error(client, raw):
    response = client.post("/api/v1/landed-costs/", raw, "application/json")

    assert response.status_code == 400
    assert response.json()["errors"][0]["detail"]
