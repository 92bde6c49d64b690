"""More cases of the published kinds: other limits, days, rounding and mixed baskets, worked out by hand."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.customs.requests import line, money, request
from tests.customs.test_varied_cases import AR, BRL, DUTIES, INSIDE, KRW, MFN, MX, VAT, one

pytestmark = pytest.mark.django_db
LIQUOR = "100% of import value up to 200 HKD + 10% above"
THREE = [("20", "610910"), ("30", "640399"), ("99.99", "460219")]

CASES: list[tuple[str, dict[str, Any], str, dict[str, str]]] = [
    # 200 + (500 - 200) x 10%; below the step the whole value.
    ("liquor above the step", one("HK", "HKD", "500", [("1", "excise", LIQUOR)]), "HK-NORMAL", {"excise": "230.00"}),
    ("liquor below the step", one("HK", "HKD", "150", [("1", "excise", LIQUOR)]), "HK-NORMAL", {"excise": "150.00"}),
    # (5,000 - 2 x 100 kg) / 1.10 = 4,363.636; 10% of it 436.3636 + 200.
    ("a delivered price with a duty by weight", one("US", "USD", "5000", [("1", MFN, "10% + 2 USD/kg")], net_weight_kg="100", rules={"price_includes_duty": True}), "US-NORMAL", {"duty": "636.36"}),
    # 61 x 2.6% = 1.586 and 40 x 8.1% = 3.24 are 4.83 together: waived. 100 x 2.6% + 3.24 = 5.84 is due.
    ("a Swiss basket under the floor", request("CH", "CHF", [line("61", "CHF"), line("40", "CHF")], [("1", VAT, "2.6%"), ("2", VAT, "8.1%")]), "CH-NORMAL5", {"vat": "0"}),
    ("a Swiss basket over the floor", request("CH", "CHF", [line("100", "CHF"), line("40", "CHF")], [("1", VAT, "2.6%"), ("2", VAT, "8.1%")]), "CH-NORMAL5", {"vat": "5.84"}),
    # (3,000 x 1.1 + 200) x 15%.
    ("an African basket", request("ZA", "ZAR", [line("1000", "ZAR"), line("2000", "ZAR")], [("1", MFN, "20%"), ("2", MFN, "0%"), (None, VAT, "15%")]), "ZA-NORMAL", {"duty": "200.00", "vat": "525.00"}),
    # 1,000 + 100; (11,100 + 20,000) x 18%.
    ("an Indian basket", request("IN", "INR", [line("10000", "INR"), line("20000", "INR")], [("1", MFN, "10%"), ("1", "additional", "10%", {"base": ["duty"]}), ("2", MFN, "0%"), (None, VAT, "18%")]), "IN-NORMAL", {"duty": "1100.00", "vat": "5598.00"}),
    # 100 + 60 is over 150: 12% of 100; (160 + 12) x 20%.
    ("a basket over 150 euro", request("FR", "EUR", [line("100", "EUR", hs_code="610910"), line("60", "EUR", hs_code="490199")], [("1", MFN, "12%"), ("2", MFN, "0%"), (None, VAT, "20%")]), "EU-NORMAL", {"duty": "12.00", "vat": "34.40"}),
    # 149.99 with three subheadings: 9.00; (149.99 + 9) x 19% = 30.2081. The day before: no duty, 28.4981.
    ("three subheadings on the first day", request("DE", "EUR", [line(value, "EUR", hs_code=code) for value, code in THREE], [(None, VAT, "19%")], on="2026-07-01"), "EU-LV3-IOSS", {"duty": "9.00", "vat": "30.21"}),
    ("three subheadings the day before", request("DE", "EUR", [line(value, "EUR", hs_code=code) for value, code in THREE], [(None, VAT, "19%")], on="2026-06-30"), "EU-LV-IOSS", {"duty": "0", "vat": "28.50"}),
    # 100 + 35.00 is at the limit; a penny more: 13.501 duty, (135.01 + 13.501) x 20% = 29.7022.
    ("two lines of 135.00 pounds", request("GB", "GBP", [line("100", "GBP"), line("35", "GBP")], [(None, MFN, "10%"), (None, VAT, "20%")]), "GB-LV135", {"duty": "0", "vat": "27.00"}),
    ("two lines of 135.01 pounds", request("GB", "GBP", [line("100", "GBP"), line("35.01", "GBP")], [(None, MFN, "10%"), (None, VAT, "20%")]), "GB-NORMAL", {"duty": "13.50", "vat": "29.70"}),
    # 700 x 1.37 = 959; x 6.5% = 62.335, half goes up; (959 + 62.335) x 13% = 132.77355.
    ("half a cent of duty in Ontario", request("CA", "CAD", [line("700", "USD")], [("1", MFN, "6.5%"), ("1", VAT, "13%")], region="ON", exchange_rates={"USD/CAD": "1.37"}), "CA-NORMAL", {"duty": "62.34", "vat": "132.77"}),
    # 160 dollars together are over 150; 224,000 x 8%; 241,920 x 10%.
    ("a Korean basket over the limit", request("KR", "KRW", [line("100", "USD"), line("60", "USD")], [(None, MFN, "8%"), (None, VAT, "10%")], exchange_rates=KRW), "KR-NORMAL", {"duty": "17920", "vat": "24192"}),
    # 20 x 20% = 4; 24 / 0.8 x 0.2.
    ("a Brazilian state with 20%", one("BR", "USD", "20", [("1", "sales_tax", "20%", INSIDE)], exchange_rates=BRL), "BR-RC20", {"duty": "4.00", "sales_tax": "6.00"}),
    ("the global rate of Mexico", one("MX", "USD", "100", MX, origin="CN"), "MX-GLOBAL", {"duty": "33.50", "vat": "0"}),
    # Above 400: 600 x 20% = 120, x 3% = 18; (1,000 + 138) x 21%.
    ("1,000 dollars by courier", one("AR", "USD", "1000", AR, mode="courier"), "AR-COURIER", {"duty": "120.00", "fee": "18.00", "vat": "238.98"}),
    ("a Chinese basket at the limit", request("CN", "CNY", [line("3000", "CNY"), line("2000", "CNY")], [(None, MFN, "10%"), (None, VAT, "13%")]), "CN-CBEC", {"duty": "0", "vat": "455.00"}),
    ("two items under the limit of an item", {**one("SG", "SGD", "300", [("1", VAT, "9%")]), "lines": [{**line("300", "SGD"), "quantity": "2", "reference": "1"}]}, "SG-OVR", {"vat": "54.00"}),
    ("a Chinese basket of a business in whole yuan", request("CN", "CNY", [line("1000.60", "CNY"), line("500.40", "CNY")], [(None, MFN, "10%"), (None, VAT, "13%")], buyer={"kind": "business"}), "CN-GENERAL", {"duty": "150.10", "vat": "214.64"}),
    # (2,000 + 200) + 5% of 2,000 - in Australia the duty is on FOB, cut: 1,999.99 x 5% = 99.9995.
    ("an Australian duty just under a hundred", one("AU", "AUD", "1999.99", [("1", MFN, "5%"), ("1", VAT, "10%")], freight=money("200", "AUD")), "AU-NORMAL", {"duty": "99.99", "vat": "229.99"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "regime", "sums"), CASES, ids=[row[0] for row in CASES])
def test_a_case_of_a_known_kind_gives_the_figure_worked_out_by_hand(
    client: Any, name: str, body: dict[str, Any], regime: str, sums: dict[str, str]
) -> None:
    response = client.post("/api/v1/landed-costs/", json.dumps(body), "application/json")

    answer = response.json()
    assert response.status_code == 200, answer
    found = {
        kind: sum(
            (
                Decimal(row["amount"]["amount"])
                for row in answer["charges"]
                if row["kind"] == kind or (kind == "duty" and row["kind"] in DUTIES)
            ),
            Decimal(0),
        )
        for kind in sums
    }
    assert (answer["regime"]["code"], found) == (regime, {k: Decimal(v) for k, v in sums.items()}), name
    assert answer["state"] == "fixed", answer.get("reasons")
