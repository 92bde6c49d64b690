"""Published worked examples, reproduced to the cent through the public interface.

Each entry says how a published case is put as a request, and where its answers stand in ours.
GB-17 (which tariff for Northern Ireland) is put as goods to Belfast with both duties; the charge says which.
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from customs.reversal import northern_ireland
from tests.customs.requests import NONE, line, money, request
from tests.customs.shared import shared

CASES = {case["id"]: case for case in json.loads(shared("cases/customs.json").read_text())}
DUTY = {
    "third_country_duty", "preference", "suspension", "quota", "anti_dumping", "countervailing", "safeguard",
    "additional",
}  # fmt: skip


GB_FREIGHT = {"freight": money("250.89", "GBP"), "insurance": money("10.00", "GBP")}
REQUESTS: dict[str, dict[str, Any]] = {
    "GB-01": request(
        "GB", "GBP", [line("1000.00", "GBP", net_weight_kg="2000")],
        [("1", "third_country_duty", "2.7%"), ("1", "safeguard", "25%"), ("1", "additional", "25%"),
         ("1", "anti_dumping", "144.10 GBP/tonne"), ("1", "vat", "20%")], **GB_FREIGHT),
    "GB-03": request(
        "GB", "GBP", [line("1000.00", "GBP", net_weight_kg="2000")],
        [("1", "quota", "20%"), ("1", "safeguard", "25%"), ("1", "additional", "25%"),
         ("1", "anti_dumping", "144.10 GBP/tonne"), ("1", "vat", "20%")], **GB_FREIGHT),
    "GB-05": request("GB", "GBP", [line("30.00", "GBP")], [("1", "third_country_duty", "8%")], rules=NONE),
    "GB-07": request("GB", "GBP", [line("500", "GBP", net_weight_kg="100")],
                     [("1", "third_country_duty", "35.10 GBP / 100 kg")]),
    "GB-09": request("GB", "GBP", [line("5000", "GBP", net_weight_kg="10000")],
                     [("1", "third_country_duty", "35.10 EUR / 100 kg")], exchange_rates={"EUR/GBP": "0.8571"}),  # noqa: E501
    "GB-11": request("GB", "GBP", [line("500", "GBP", measured={"litre": "4500", "alcohol_percent": "40"})],
                     [("1", "excise", "0.50 GBP / % vol / hl")]),
    "GB-13": request("GB", "GBP", [line("1200.00", "GBP", net_weight_kg="10000")],
                     [("1", "third_country_duty",
                       "13.8% MIN 13.00 GBP/100kg MAX 15.00 GBP/100kg - 7.00 GBP/100kg")]),
    "GB-15": request("GB", "GBP", [line("500", "GBP", measured={"retail_price": "1000.00"})],
                     [("1", "excise", "16.5% of retail price")]),
    "GB-17": request("GB", "GBP", [line("100", "GBP")],
                     [("1", "third_country_duty", "3 GBP", {"label": "UK tariff"}),
                      ("1", "third_country_duty", "6 GBP", {"label": "EU tariff"})],
                     region="NIR", rules=NONE),
    "GB-19": request("GB", "GBP", [line("500", "GBP", measured={"litre": "9.00"})],
                     [("1", "excise", "154.37 GBP/hl")]),
    "GB-21": request("GB", "GBP", [line("80", "GBP")],
                     [("1", "third_country_duty", "4.02 GBP"), ("1", "vat", "17.5%")],
                     freight=money("35", "GBP"), rules=NONE),
    "EU-01": request("DE", "EUR", [{**line("20", "EUR", hs_code="610910"), "quantity": "5"}], [],
                     on="2026-07-02"),
    "EU-03": request("FR", "EUR",
                     [{**line("20", "EUR", hs_code="610910"), "quantity": "2"}, line("40", "EUR", hs_code="640399")],  # noqa: E501
                     [(None, "vat", "20%")], on="2026-07-02"),
    "EU-05": request("NL", "EUR", [line("199", "EUR")], [("1", "third_country_duty", "3%"), ("1", "vat", "21%")],  # noqa: E501
                     freight=money("25", "EUR"), insurance=money("10", "EUR")),
    "EU-07": request("IE", "EUR", [line("150", "EUR")], [("1", "third_country_duty", "12%"), ("1", "vat", "21%")],  # noqa: E501
                     freight=money("50", "EUR"), rules=NONE),
    "US-01": request("US", "USD", [line("50000", "USD")],
                     [("1", "third_country_duty", "10%"), (None, "fee", "0.3464%", {"label": "mpf"}),
                      (None, "fee", "0.125%", {"label": "hmf"})], mode="sea"),
    "US-03": request("US", "USD", [line("100000", "USD")],
                     [("1", "third_country_duty", "2.5%"), ("1", "additional", "25%")]),
    "CA-01": request("CA", "CAD", [line("100", "USD")], [("1", "third_country_duty", "4%"), ("1", "vat", "5%")],  # noqa: E501
                     exchange_rates={"USD/CAD": "1.15"}, origin="US", mode="post"),
    "CA-03": request("CA", "CAD", [line("175", "CAD")], [("1", "third_country_duty", "10%"), ("1", "vat", "13%")],  # noqa: E501
                     region="ON"),
    **{
        f"CA-{number}": request("CA", "CAD", [line(value, "CAD")],
                                [("1", "third_country_duty", "8%"), ("1", "vat", "5%")], origin=origin,
                                mode="courier")
        for number, origin, value in (("11", "CN", "20.01"), ("13", "US", "40.01"), ("15", "US", "150.01"))
    },
    "AU-01": request("AU", "AUD", [line("1200", "AUD")], [("1", "third_country_duty", "5%"), ("1", "vat", "10%")],  # noqa: E501
                     freight=money("150", "AUD")),
    "AU-03": request("AU", "AUD", [line("1100.00", "AUD")], [("1", "third_country_duty", "5%"), ("1", "vat", "10%")],  # noqa: E501
                     freight=money("5.50", "AUD"), rules={"price_includes_duty": True}),
    "NZ-01": request("NZ", "NZD", [line("1000", "NZD")], [("1", "third_country_duty", "0%"), ("1", "vat", "15%")],  # noqa: E501
                     freight=money("100", "NZD")),
    "MY-01": request("MY", "MYR", [line("480", "MYR")],
                     [("1", "third_country_duty", "10%"), ("1", "sales_tax", "10%")], freight=money("20", "MYR")),  # noqa: E501
    "SG-01": request("SG", "SGD", [line("100000", "SGD")], [("1", "excise", "20%"), ("1", "vat", "9%")],
                     freight=money("1000", "SGD")),
    "SG-03": request("SG", "SGD", [line("1000", "SGD", measured={"litre": "75", "alcohol_percent": "5"})],
                     [("1", "third_country_duty", "16 SGD per litre of alcohol"),
                      ("1", "excise", "60 SGD per litre of alcohol")]),
    "SG-05": request("SG", "SGD", [line("450", "SGD")], [("1", "vat", "7%")], registrations=[]),
    "HK-01": request("HK", "HKD", [line("306", "HKD")],
                     [("1", "excise", "100% of import value up to 200 HKD + 10% above")]),
    "BR-01": request("BR", "BRL", [line("100", "BRL")], [("1", "sales_tax", "17%", {"inside": True})],
                     exchange_rates={"USD/BRL": "5.50"}),
    "BR-03": request("BR", "USD", [line("50", "USD")], [("1", "sales_tax", "17%", {"inside": True})],
                     exchange_rates={"USD/BRL": "5.50"}),
    "MX-01": request("MX", "USD", [line("500", "USD")], [("1", "vat", "16%")]),
    "IN-01": request("IN", "INR", [line("2000", "USD")],
                     [("1", "third_country_duty", "15%"), ("1", "additional", "10%", {"base": ["duty"]}),
                      ("1", "vat", "12%")], exchange_rates={"USD/INR": "66"}),
    "CN-01": request("CN", "CNY", [line("100", "CNY")],
                     [("1", "third_country_duty", "14%"), ("1", "consumption_tax", "10%", {"inside": True}),
                      ("1", "vat", "17%")], rules=NONE),
    "JP-01": request("JP", "JPY", [line("534795", "JPY"), line("126258", "JPY")],
                     [(None, "third_country_duty", "14%"), ("1", "consumption_tax", "7.8%"),
                      ("2", "consumption_tax", "6.24%")]),
    "KR-01": request("KR", "KRW", [line("200", "USD")], [("1", "third_country_duty", "13%"), ("1", "vat", "10%")],  # noqa: E501
                     freight=money("10", "USD"), exchange_rates={"USD/KRW": "1100"}),
    "ZA-01": request("ZA", "ZAR", [line("1000", "ZAR")], [("1", "third_country_duty", "20%"), ("1", "vat", "15%")]),  # noqa: E501
    "ZA-03": request("ZA", "ZAR", [line("10000", "ZAR")], [("1", "third_country_duty", "20%")]),
    "AR-01": request("AR", "USD", [line("400", "USD")], [("1", "third_country_duty", "20%"), ("1", "vat", "21%")],  # noqa: E501
                     origin="US", mode="courier"),
    "CH-01": request("CH", "CHF", [line("61", "CHF")], [("1", "vat", "8.1%")]),
    "CH-03": request("CH", "CHF", [line("192", "CHF")], [("1", "vat", "2.6%")]),
    "FEE-01": request("GB", "GBP", [line("41.00", "GBP")], [(None, "fee", "2.00 GBP + 10%")], rules=NONE),
}  # fmt: skip
WAYS: dict[str, Any] = {
    "mfn": "third_country_duty", "bcd": "third_country_duty", "quota_duty": "quota", "s301": "additional",
    "import_duty": "third_country_duty", "sws": "additional", "gst": "vat", "hst": "vat", "lvg_tax": "sales_tax",  # noqa: E501
    "icms": "sales_tax", "igst": "vat", "guarantee_fee": "fee", "consumption_total": "consumption_tax",
    "local_total": "vat", "vat_on_franchise": "vat",
}  # fmt: skip
TAX_BASES = {"vat_base", "voti", "gst_base", "igst_base", "atv"}


def found(name: str, answer: dict[str, Any]) -> Any:  # noqa: PLR0911
    """Our answer to one published figure."""
    charges = answer["charges"]

    def of(*kinds: str, line: str | None = None, label: str | None = None) -> Decimal:
        return sum(
            (
                Decimal(row["amount"]["amount"])
                for row in charges
                if row["kind"] in kinds and line in {None, row["line"]} and label in {None, row["label"]}
            ),
            Decimal(0),
        )

    taxes = ("excise", "consumption_tax", "vat", "sales_tax")
    match name:
        case "customs_value" | "value_cad" | "cif_inr":
            return Decimal(answer["customs_value"]["amount"])
        case _ if name in TAX_BASES:
            return Decimal(answer["tax_base"]["amount"])
        case "total_duty_and_tax" | "duty_and_tax":
            return of(*DUTY, *taxes)
        case "total":
            return of(*DUTY, *taxes, "fee")
        case "landed_total":
            return Decimal(answer["total"]["amount"])
        case "duty" | "duty_total":
            return of(*DUTY, "excise")
        case "duty_a" | "duty_b":
            return of("third_country_duty", line="1" if name.endswith("a") else "2")
        case "consumption_a" | "consumption_b":
            return of("consumption_tax", line="1" if name.endswith("a") else "2")
        case "use":
            [duty] = [row for row in charges if row["kind"] == "third_country_duty"]
            return str(duty["label"])[:2]
        case "mpf" | "hmf":
            return of("fee", label=name)
        case "duty_due":
            return of(*DUTY) > 0
        case "tax_due" | "vat_collected":
            return of(*taxes) > 0
        case "low_value":
            return answer["regime"]["code"] == "AU-LVG"
        case "vat_on_duty":
            return (of(*DUTY) * Decimal("0.20")).quantize(Decimal("0.01"))
        case "total_extra":
            return of(*DUTY) + found("vat_on_duty", answer)
        case _:
            return of(WAYS.get(name, name))


@pytest.mark.django_db
@pytest.mark.parametrize("number", sorted(CASES))
def test_a_published_case_is_reproduced_to_the_cent(number, client):
    case = CASES[number]

    response = client.post("/api/v1/landed-costs/", json.dumps(REQUESTS[number]), "application/json")

    answer = response.json()
    assert response.status_code == 200, answer
    assert answer["state"] == "fixed", answer
    ours = {name: found(name, answer) for name in case["expected"]}
    assert ours == {
        name: value if isinstance(value, bool) or name == "use" else Decimal(value)
        for name, value in case["expected"].items()
    }
    whole = sum(Decimal(row["amount"]["amount"]) for row in answer["charges"])
    assert whole == Decimal(answer["total"]["amount"])


def test_every_published_case_is_put_to_the_public_interface():
    assert sorted(REQUESTS) == sorted(CASES)
    assert len(CASES) == 43


def test_northern_ireland_may_use_the_united_kingdom_tariff_up_to_a_gap_of_three_percent():
    given = CASES["GB-17"]["inputs"]

    use = northern_ireland(
        Decimal(given["uk_duty"]), Decimal(given["xi_duty"]), customs_value=Decimal(given["customs_value"])
    )

    assert use == CASES["GB-17"]["expected"]["use"]
    assert northern_ireland(Decimal(3), Decimal("6.01"), customs_value=Decimal(100)) == "EU"
