"""The published cases with other values, days, quantities and limits; every figure is worked out by hand.

A row: the request, the regime, then the sums of the charges by kind (`duty` stands for every duty).
"""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.customs.requests import NONE, line, money, request

pytestmark = pytest.mark.django_db
MFN, VAT = "third_country_duty", "vat"
DUTIES = {
    "third_country_duty", "preference", "suspension", "quota", "anti_dumping", "countervailing", "safeguard",
    "additional",
}  # fmt: skip
KRW, BRL = {"USD/KRW": "1400"}, {"USD/BRL": "5.50"}
INSIDE = {"inside": True}
WET = {"base": ["customs_value", "duty", "onward_transport"]}
MPF = (None, "fee", "0.3464% MIN 33.58 USD MAX 651.50 USD")
BUSINESS = {"kind": "business"}


def gb(value: str, measures: list[tuple[Any, ...]], **more: Any) -> dict[str, Any]:
    goods = {name: more.pop(name) for name in ("hs_code", "measured", "net_weight_kg") if name in more}
    return request("GB", "GBP", [line(value, "GBP", **goods)], measures, **more)


def one(to: str, currency: str, value: str, measures: list[tuple[Any, ...]], **more: Any) -> dict[str, Any]:
    goods = {
        name: more.pop(name) for name in ("hs_code", "measured", "net_weight_kg", "evidence") if name in more
    }
    return request(to, currency, [line(value, more.pop("paid_in", currency), **goods)], measures, **more)


DUTY_VAT_DE = [("1", MFN, "12%"), ("1", VAT, "19%")]
EIGHT_FIVE = [("1", MFN, "8%"), ("1", VAT, "5%")]
AU = [("1", MFN, "5%"), ("1", VAT, "10%")]
MY = [("1", MFN, "10%"), ("1", "sales_tax", "10%")]
AR = [("1", MFN, "20%"), ("1", VAT, "21%"), (None, "fee", "3%")]
BR = [("1", MFN, "20%"), ("1", "sales_tax", "17%", INSIDE)]
MX = [("1", MFN, "20%"), ("1", VAT, "16%")]
NO = [("1", MFN, "10.7%"), ("1", VAT, "25%")]
CN = [("1", MFN, "10%"), ("1", VAT, "13%")]
WINE = [("1", MFN, "14%"), ("1", "consumption_tax", "10%", INSIDE), ("1", VAT, "13%")]
BOTTLES = {"hs_code": "220421", "measured": {"litre": "4.5", "alcohol_percent": "13"}}
NI = [("1", MFN, "3%", {"label": "UK tariff"}), ("1", MFN, "6%", {"label": "EU tariff"}), ("1", VAT, "20%")]

CASES: list[tuple[str, dict[str, Any], str, dict[str, str]]] = [
    # United Kingdom. 1,250.89 x 20% = 250.178; the safeguard falls away inside the quota.
    ("a quota drops the safeguard", gb("1000", [("1", MFN, "2.7%"), ("1", "quota", "20%"), ("1", "safeguard", "25%"), ("1", VAT, "20%")], freight=money("250.89", "GBP")), "GB-NORMAL", {"duty": "250.18", "quota": "250.18", "vat": "300.21"}),
    ("a suspension is cheapest", gb("1000", [("1", MFN, "10%"), ("1", "suspension", "0%"), ("1", VAT, "20%")]), "GB-NORMAL", {"duty": "0", "vat": "200.00"}),
    ("135.00 pounds and 20 freight", gb("135.00", [("1", MFN, "10%"), ("1", VAT, "20%")], freight=money("20", "GBP")), "GB-LV135", {"duty": "0", "vat": "31.00"}),
    # 155.01 x 10% = 15.501; (155.01 + 15.501) x 20% = 34.1022.
    ("135.01 pounds", gb("135.01", [("1", MFN, "10%"), ("1", VAT, "20%")], freight=money("20", "GBP")), "GB-NORMAL", {"duty": "15.50", "vat": "34.10"}),
    ("a gift of 39.00", gb("39", [("1", MFN, "10%"), ("1", VAT, "20%")], buyer={"kind": "gift"}), "GB-GIFT", {"duty": "0", "vat": "0"}),
    ("a gift of 39.01", gb("39.01", [("1", MFN, "10%"), ("1", VAT, "20%")], buyer={"kind": "gift"}), "GB-NORMAL", {"duty": "3.90", "vat": "8.58"}),
    ("a business with a tax number up to 135", gb("100", [("1", VAT, "20%")], buyer={"kind": "business", "tax_id": "GB123"}), "GB-B2B135", {"vat": "0"}),
    # Six bottles: 4.5 l x 13% = 0.585 lpa x 30.62 = 17.9127, cut; wine stays outside the 135 rule.
    ("wine below 135 pays duty and excise", gb("60", [("1", MFN, "10.46 GBP/hl"), ("1", "excise", "30.62 GBP per litre of pure alcohol"), ("1", VAT, "20%")], **BOTTLES), "GB-NORMAL", {"duty": "0.47", "excise": "17.91", "vat": "15.68"}),
    ("one bottle of 75 cl at 13%", gb("10", [("1", "excise", "30.62 GBP per litre of pure alcohol")], measured={"litre": "0.75", "alcohol_percent": "13"}, hs_code="220421"), "GB-NORMAL", {"excise": "2.98"}),
    # 0.50 x 13.33 x 0.37 hl = 2.46605, cut to 2.46.
    ("alcohol by volume is cut to the penny", gb("500", [("1", "excise", "0.50 GBP / % vol / hl")], measured={"litre": "37", "alcohol_percent": "13.33"}), "GB-NORMAL", {"excise": "2.46"}),
    # 0.30 x 16.5% sucrose x 120 dt = 594.00.
    ("sugar by sucrose", gb("5000", [("1", MFN, "0.30 GBP / 100 kg/net/%sacchar.")], net_weight_kg="12000", measured={"sucrose_percent": "16.5"}), "GB-NORMAL", {"duty": "594.00"}),
    # 9.27 x 10 lpa - floor(1.00 x 10 x 4.255) = 92.70 - 42.55.
    ("small producer relief", gb("500", [("1", "excise", "9.27 GBP / l alc. 100% - 1.00 GBP / SPQ")], measured={"litre_of_pure_alcohol": "10", "spr_discount": "4.2555"}), "GB-NORMAL", {"excise": "50.15"}),
    # 16.5% of 1,000 + 5.26 / 20 x 2,000 sticks = 165 + 526.
    ("tobacco by price and piece", gb("500", [("1", "excise", "16.5% of the retail price + 5.26 GBP per 20 cigarettes")], measured={"retail_price": "1000", "item": "2000"}), "GB-NORMAL", {"excise": "691.00"}),
    ("a bound from below", gb("1000", [("1", MFN, "2% MIN 30 GBP/tonne MAX 5%")], net_weight_kg="1500"), "GB-NORMAL", {"duty": "45.00"}),
    ("a bound from above", gb("1000", [("1", MFN, "8% MIN 30 GBP/tonne MAX 5%")], net_weight_kg="1000"), "GB-NORMAL", {"duty": "50.00"}),
    ("euro converted", gb("5000", [("1", MFN, "35.10 EUR / 100 kg")], net_weight_kg="250", exchange_rates={"EUR/GBP": "0.85"}), "GB-NORMAL", {"duty": "74.59"}),
    # Northern Ireland: 6% - 3% is just 3% of value; 6.01% is more.
    ("Belfast, a gap of 3%", gb("200", NI, ship_to={"country": "GB", "postal_code": "BT1 5GS"}), "GB-NORMAL", {"duty": "6.00", "vat": "41.20"}),
    ("Belfast, a wider gap", gb("200", [NI[0], ("1", MFN, "6.01%", {"label": "EU tariff"}), NI[2]], ship_to={"country": "GB", "region": "NIR"}), "GB-NORMAL", {"duty": "12.02", "vat": "42.40"}),
    # European Union.
    ("two subheadings", request("DE", "EUR", [line("20", "EUR", hs_code="610910"), line("30", "EUR", hs_code="640399")], [(None, VAT, "19%")]), "EU-LV3-IOSS", {"duty": "6.00", "vat": "10.64"}),
    ("one subheading on two lines", request("DE", "EUR", [line("20", "EUR", hs_code="61091000"), line("30", "EUR", hs_code="61091090")], [(None, VAT, "19%")]), "EU-LV3-IOSS", {"duty": "3.00"}),
    ("150.00 euro", one("DE", "EUR", "150", DUTY_VAT_DE, freight=money("10", "EUR"), hs_code="610910"), "EU-LV3-IOSS", {"duty": "3.00", "vat": "30.97"}),
    ("150.01 euro", one("DE", "EUR", "150.01", DUTY_VAT_DE, freight=money("10", "EUR"), hs_code="610910"), "EU-NORMAL", {"duty": "19.20", "vat": "34.05"}),
    ("the last day without the flat duty", one("DE", "EUR", "150", DUTY_VAT_DE, on="2026-06-30"), "EU-LV-IOSS", {"duty": "0", "vat": "28.50"}),
    ("the last day of the flat duty", one("DE", "EUR", "100", DUTY_VAT_DE, on="2028-07-01"), "EU-LV3-IOSS", {"duty": "3.00"}),
    ("the day after it", one("DE", "EUR", "100", DUTY_VAT_DE, on="2028-07-02"), "EU-NORMAL", {"duty": "12.00"}),
    ("a business pays normal duty", one("DE", "EUR", "100", DUTY_VAT_DE, buyer=BUSINESS), "EU-NORMAL", {"duty": "12.00", "vat": "21.28"}),
    ("without IOSS", one("DE", "EUR", "100", DUTY_VAT_DE, registrations=[]), "EU-LV3", {"duty": "3.00", "vat": "19.57"}),
    ("a preference instead of the flat duty", one("NL", "EUR", "100", [("1", MFN, "12%"), ("1", "preference", "0%"), ("1", VAT, "9%")], registrations=[], origin="KE", hs_code="060311", evidence=["origin declaration"]), "EU-LV3", {"duty": "0", "vat": "9.00"}),
    ("wine stays outside IOSS", one("DE", "EUR", "100", [("1", MFN, "20.9 EUR/hl"), ("1", VAT, "19%")], **BOTTLES), "EU-LV3", {"duty": "3.00", "vat": "19.57"}),
    # Beef 02023090: 1,500 x 12.8% + 304.10.
    ("beef by value and weight", one("DE", "EUR", "1500", [("1", MFN, "12.8% + 304.1 EUR/100 kg")], net_weight_kg="100"), "EU-NORMAL", {"duty": "496.10"}),
    # United States.
    ("the least processing fee", one("US", "USD", "5000", [MPF]), "US-NORMAL", {"fee": "33.58"}),
    ("the most processing fee", one("US", "USD", "400000", [MPF]), "US-NORMAL", {"fee": "651.50"}),
    ("no free entry from 29 August 2025", one("US", "USD", "799", [("1", MFN, "16.5%")], on="2025-08-29", origin="DE"), "US-NORMAL", {"duty": "131.84"}),
    ("layers on one value", one("US", "USD", "1000", [("1", MFN, "16.5%"), ("1", "additional", "7.5%"), ("1", "additional", "12.5%")]), "US-NORMAL", {"duty": "365.00"}),
    ("freight is no part of the value", one("US", "USD", "1000", [("1", MFN, "10%")], freight=money("300", "USD")), "US-NORMAL", {"duty": "100.00"}),
    # (3,000 + 7,000 - 33.58) / 1.05 = 9,491.83; the fee is one for both lines.
    ("two delivered prices, one fee", request("US", "USD", [line("3000", "USD"), line("7000", "USD")], [(None, MFN, "5%"), MPF], rules={"price_includes_duty": True}), "US-NORMAL", {"duty": "474.59", "fee": "33.58"}),
    # Canada, by courier and by post.
    *[(f"{value} dollars from {origin}", one("CA", "CAD", value, EIGHT_FIVE, origin=origin, mode="courier"), regime, {"duty": duty, "vat": tax})
      for value, origin, regime, duty, tax in (
          ("20.00", "CN", "CA-20", "0", "0"), ("20.01", "CN", "CA-NORMAL", "1.60", "1.08"),
          ("40.00", "US", "CA-40", "0", "0"), ("40.01", "MX", "CA-150", "0", "2.00"),
          ("150.00", "US", "CA-150", "0", "7.50"), ("150.01", "US", "CA-NORMAL", "12.00", "8.10"))],
    ("by post from the United States", one("CA", "CAD", "30", EIGHT_FIVE, origin="US", mode="post"), "CA-NORMAL", {"duty": "2.40", "vat": "1.62"}),
    # Australia cuts: 1,234.57 x 5% = 61.7285; 1,446.2985 x 10% = 144.62985.
    ("Australia cuts to the cent", one("AU", "AUD", "1234.57", AU, freight=money("150", "AUD")), "AU-NORMAL", {"duty": "61.72", "vat": "144.62"}),
    ("1,000.00 dollars", one("AU", "AUD", "1000", AU, freight=money("50", "AUD")), "AU-LVG", {"duty": "0", "vat": "105.00"}),
    ("1,000.01 dollars", one("AU", "AUD", "1000.01", AU, freight=money("50", "AUD")), "AU-NORMAL", {"duty": "50.00", "vat": "110.00"}),
    # (2,000 + 100 + 200) x 29% = 667; (2,300 + 667) x 10%.
    ("wine equalisation tax", one("AU", "AUD", "2000", [("1", MFN, "5%"), ("1", "excise", "29%", WET), ("1", VAT, "10%")], freight=money("200", "AUD"), hs_code="220421"), "AU-NORMAL", {"duty": "100.00", "excise": "667.00", "vat": "296.70"}),
    ("New Zealand before its low-value rule", one("NZ", "NZD", "1000", [("1", MFN, "10%"), ("1", VAT, "15%")], freight=money("100", "NZD"), on="2019-11-30"), "NZ-NORMAL", {"duty": "100.00", "vat": "180.00"}),
    ("New Zealand, 1,000.01 an item", one("NZ", "NZD", "1000.01", [("1", MFN, "10%"), ("1", VAT, "15%")]), "NZ-NORMAL", {"duty": "100.00", "vat": "165.00"}),
    ("New Zealand counts each item", {**one("NZ", "NZD", "900", [("1", MFN, "10%"), ("1", VAT, "15%")]), "lines": [{**line("900", "NZD"), "quantity": "2", "reference": "1"}]}, "NZ-LVG", {"duty": "0", "vat": "270.00"}),
    # Malaysia and Singapore.
    ("500.00 ringgit and 20 freight", one("MY", "MYR", "500", MY, freight=money("20", "MYR")), "MY-LVG", {"duty": "0", "sales_tax": "50.00"}),
    ("500.01 ringgit", one("MY", "MYR", "500.01", MY, freight=money("20", "MYR")), "MY-NORMAL", {"duty": "52.00", "sales_tax": "57.20"}),
    ("spirits by litre of alcohol", one("SG", "SGD", "1000", [("1", "excise", "88 SGD per litre of alcohol"), ("1", VAT, "9%")], hs_code="220830", measured={"litre": "75", "alcohol_percent": "40"}), "SG-NORMAL", {"excise": "2640.00", "vat": "327.60"}),
    ("400.00 without registration", one("SG", "SGD", "400", [("1", VAT, "9%")], registrations=[]), "SG-RELIEF", {"vat": "0"}),
    ("400.01 without registration", one("SG", "SGD", "400.01", [("1", VAT, "9%")], registrations=[]), "SG-NORMAL", {"vat": "36.00"}),
    ("a bag of 300 with registration", one("SG", "SGD", "300", [("1", VAT, "9%")]), "SG-OVR", {"vat": "27.00"}),
    # Argentina: 299 above the 400; 299 x 20% = 59.80, 299 x 3% = 8.97; (699 + 59.80 + 8.97) x 21%.
    ("400 dollars by courier", one("AR", "USD", "400", AR, mode="courier"), "AR-COURIER", {"duty": "0", "fee": "0", "vat": "84.00"}),
    ("699 dollars by courier", one("AR", "USD", "699", AR, mode="courier"), "AR-COURIER", {"duty": "59.80", "fee": "8.97", "vat": "161.23"}),
    ("3,000.01 dollars by courier", one("AR", "USD", "3000.01", AR, mode="courier"), "AR-NORMAL", {"duty": "600.00", "fee": "90.00", "vat": "774.90"}),
    ("100 dollars by post", one("AR", "USD", "100", AR[:2], mode="post"), "AR-MAIL", {"duty": "25.00", "vat": "0"}),
    # Brazil: 60% of 50.01 less 20 = 10.006; 60.016 / 0.83 x 0.17.
    ("50.01 dollars", one("BR", "USD", "50.01", BR, exchange_rates=BRL), "BR-RC60", {"duty": "10.01", "sales_tax": "12.29"}),
    ("freight counts for the limit", one("BR", "BRL", "250", BR[1:], exchange_rates=BRL, freight=money("50", "BRL")), "BR-RC60", {"duty": "70.00", "sales_tax": "75.78"}),
    ("600 reais", one("BR", "BRL", "600", BR[1:], exchange_rates=BRL), "BR-RC60", {"duty": "250.00", "sales_tax": "174.10"}),
    # Mexico.
    *[(f"{value} dollars from {origin} to Mexico", one("MX", "USD", value, MX, origin=origin, on=on), regime, {"duty": duty, "vat": tax})
      for value, origin, on, regime, duty, tax in (
          ("50", "US", "2026-11-21", "MX-50", "0", "0"), ("50.01", "US", "2026-11-21", "MX-117", "8.50", "0"),
          ("117.01", "US", "2026-11-21", "MX-19U", "22.23", "0"), ("500", "CN", "2025-08-14", "MX-GLOBAL19", "95.00", "0"),
          ("500", "CN", "2025-08-15", "MX-GLOBAL", "167.50", "0"), ("2500.01", "CN", "2026-11-21", "MX-NORMAL", "500.00", "480.00"))],
    # Japan: 123,000 x 4% = 4,920, cut to 4,900; 128,000 x 7.8% = 9,984, cut; 9,900 x 22/78 = 2,792, cut.
    ("one line to Japan", one("JP", "JPY", "123456", [("1", MFN, "4%"), ("1", VAT, "10%")]), "JP-NORMAL", {"duty": "4900", "consumption_tax": "9900", "vat": "2700"}),
    ("10,000 yen", one("JP", "JPY", "10000", [("1", MFN, "4%"), ("1", VAT, "10%")]), "JP-10000", {"duty": "0", "vat": "0"}),
    ("150 dollars to Korea", one("KR", "KRW", "150", [("1", MFN, "8%"), ("1", VAT, "10%")], paid_in="USD", exchange_rates=KRW), "KR-150", {"duty": "0", "vat": "0"}),
    # 150.01 x 1,400 = 210,014; x 8% = 16,801.12, cut; 226,815.12 x 10%, cut.
    ("150.01 dollars to Korea", one("KR", "KRW", "150.01", [("1", MFN, "8%"), ("1", VAT, "10%")], paid_in="USD", exchange_rates=KRW), "KR-NORMAL", {"duty": "16801", "vat": "22681"}),
    ("200 dollars from the United States", one("KR", "KRW", "200", [("1", MFN, "8%"), ("1", VAT, "10%")], paid_in="USD", exchange_rates=KRW, origin="US"), "KR-200", {"duty": "0", "vat": "0"}),
    # Switzerland: the floor looks at the tax alone.
    ("62 francs", one("CH", "CHF", "62", [("1", VAT, "8.1%")]), "CH-NORMAL5", {"vat": "5.02"}),
    ("193 francs of food", one("CH", "CHF", "193", [("1", VAT, "2.6%")]), "CH-NORMAL5", {"vat": "5.02"}),
    ("duty does not lift small tax over the floor", one("CH", "CHF", "31", [("1", MFN, "30 CHF"), ("1", VAT, "8.1%")]), "CH-NORMAL5", {"duty": "30.00", "vat": "0"}),
    ("3,000 crowns an item", one("NO", "NOK", "3000", NO), "NO-VOEC", {"duty": "0", "vat": "750.00"}),
    ("3,000.01 crowns", one("NO", "NOK", "3000.01", NO), "NO-NORMAL", {"duty": "321.00", "vat": "830.25"}),
    # India: 83,000 x 20% = 16,600; 10% of that 1,660; 101,260 x 18%.
    ("surcharge on the basic duty", one("IN", "INR", "1000", [("1", "additional", "10%", {"base": ["duty"]}), ("1", MFN, "20%"), ("1", VAT, "18%")], paid_in="USD", exchange_rates={"USD/INR": "83"}), "IN-NORMAL", {"duty": "18260.00", "vat": "18226.80"}),
    # South Africa: (5,000 x 1.1 + 2,250) x 15%.
    ("the added tax value", one("ZA", "ZAR", "5000", [("1", MFN, "45%"), ("1", VAT, "15%")]), "ZA-NORMAL", {"duty": "2250.00", "vat": "1162.50"}),
    ("an uplift of the request", one("ZA", "ZAR", "5000", [("1", MFN, "45%"), ("1", VAT, "15%")], rules={"uplift_percent": "20"}), "ZA-NORMAL", {"vat": "1237.50"}),
    ("levies of Kenya", one("KE", "KES", "10000", [("1", MFN, "25%"), ("1", VAT, "16%"), ("1", "fee", "2.5%"), ("1", "fee", "2%")]), "KE-NORMAL", {"duty": "2500.00", "vat": "2000.00", "fee": "450.00"}),
    # China. Whole yuan: 1,000.60 counts as 1,001; taxes below 50 yuan are not collected, 50.00 are.
    ("general trade in whole yuan", one("CN", "CNY", "1000.60", CN, buyer=BUSINESS), "CN-GENERAL", {"duty": "100.10", "vat": "143.14"}),
    ("taxes of 49", one("CN", "CNY", "100", [("1", MFN, "49%")], buyer=BUSINESS), "CN-GENERAL", {"duty": "0"}),
    ("taxes of 50", one("CN", "CNY", "100", [("1", MFN, "50%")], buyer=BUSINESS), "CN-GENERAL", {"duty": "50.00"}),
    ("wine of 1,000 yuan", one("CN", "CNY", "1000", WINE, buyer=BUSINESS, hs_code="220421"), "CN-GENERAL", {"duty": "140.00", "consumption_tax": "126.67", "vat": "164.67"}),
    ("beef outside the quota", one("CN", "CNY", "10000", [("1", MFN, "12%"), ("1", "safeguard", "55%"), ("1", VAT, "9%")], hs_code="020230"), "CN-GENERAL", {"duty": "6700.00", "vat": "1503.00"}),
    ("beef inside the quota", one("CN", "CNY", "10000", [("1", "quota", "12%"), ("1", "safeguard", "55%"), ("1", VAT, "9%")], hs_code="020230"), "CN-GENERAL", {"duty": "1200.00", "vat": "1008.00"}),
    ("retail up to 5,000", one("CN", "CNY", "5000", CN), "CN-CBEC", {"duty": "0", "vat": "455.00"}),
    ("retail of 5,000.01", one("CN", "CNY", "5000.01", CN), "CN-GENERAL", {"duty": "500.00", "vat": "715.00"}),
    ("retail at the year's limit", one("CN", "CNY", "5000", CN, buyer={"kind": "consumer", "year_spent": money("21000", "CNY")}), "CN-CBEC", {"duty": "0"}),
    ("retail over the year's limit", one("CN", "CNY", "5000", CN, buyer={"kind": "consumer", "year_spent": money("21000.01", "CNY")}), "CN-GENERAL", {"duty": "500.00"}),
    # (0.15 + 0.13) / 0.85 x 70% = 23.06%.
    ("retail of taxed cosmetics", one("CN", "CNY", "1000", [("1", "consumption_tax", "15%"), ("1", VAT, "13%")], hs_code="330499"), "CN-CBEC", {"consumption_tax": "123.53", "vat": "107.06"}),
    # What-if parts.
    ("works price", one("DE", "EUR", "1000", [("1", MFN, "10%"), ("1", VAT, "20%")], freight=money("100", "EUR"), rules={"valuation": "EXW"}), "EU-NORMAL", {"duty": "100.00", "vat": "240.00"}),
    ("FOB instead of CIF", one("DE", "EUR", "1000", [("1", MFN, "10%")], freight=money("100", "EUR"), rules={"valuation": "FOB"}), "EU-NORMAL", {"duty": "100.00"}),
    ("cut to whole euro", one("DE", "EUR", "1000", [("1", MFN, "3.39%"), ("1", VAT, "19%")], rules={"rounding": {"places": 0, "mode": "down"}}), "EU-NORMAL", {"duty": "33", "vat": "196"}),
    ("half a cent goes up", one("CA", "CAD", "175", [("1", VAT, "13%"), ("1", MFN, "10%")], rules=NONE), "none", {"vat": "25.03"}),
    ("a tax of goods and duty alone", gb("1000", [("1", MFN, "10%"), ("1", VAT, "20%", {"base": ["goods", "duty"]})], freight=money("100", "GBP")), "GB-NORMAL", {"duty": "110.00", "vat": "222.00"}),
    ("a tax inside its base", one("BR", "BRL", "830", [("1", "sales_tax", "17%", INSIDE)], rules=NONE), "none", {"sales_tax": "170.00"}),
    # Two parts of 100 freight by value: 25 and 75.
    ("freight is shared by value", request("GB", "GBP", [line("100", "GBP"), line("300", "GBP")], [("1", MFN, "10%"), ("2", MFN, "20%")], freight=money("100", "GBP")), "GB-NORMAL", {"duty": "87.50"}),
    ("three currencies", request("GB", "GBP", [line("100", "USD"), line("200", "EUR")], [(None, MFN, "10%")], exchange_rates={"USD/GBP": "0.80", "EUR/GBP": "0.90"}), "GB-NORMAL", {"duty": "26.00"}),
]  # fmt: skip


@pytest.mark.parametrize(("name", "body", "regime", "sums"), CASES, ids=[row[0] for row in CASES])
def test_a_varied_case_gives_the_figure_worked_out_by_hand(client, name, body, regime, sums):
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
    assert sum(Decimal(row["amount"]["amount"]) for row in answer["charges"]) == Decimal(
        answer["total"]["amount"]
    )
