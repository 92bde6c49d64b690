"""Every printed rate is read, or listed with the reason why it cannot be."""

from __future__ import annotations

import csv
from collections import Counter
from decimal import Decimal

import pytest

from customs.duty import Sums
from customs.expressions import NotExpressible, QuantityMissing, RateMissing, read
from tests.customs.shared import ROOT, shared

ONE = Decimal(1)
SUMS = Sums(
    {"kilogram": Decimal(100), "litre": Decimal(9), "alcohol_percent": Decimal("13.5"), "item": Decimal(12)},
    {"EUR": ONE, "GBP": ONE, "USD": ONE, "JPY": ONE, "KRW": ONE, "HKD": ONE},
)


@pytest.mark.parametrize(
    ("text", "duty"),
    [
        ("Free", "0"),
        ("12%", "120"),
        ("12.8% + 304.1 EUR/100 kg", "432.1"),
        ("8.3% MIN 1.6 EUR/100 kg MAX 18.7%", "83"),
        ("4.4 cents/kg", "4.4"),
        ("20.7¢/kg + 7.5%", "95.7"),
        ("30.62 GBP per litre of pure alcohol", "37.2033"),
        ("0.5 EUR/p/st MIN 2.7 MAX 4.6", "27"),
        ("13.8% MIN 13.00 EUR/100kg MAX 15.00 EUR/100kg - 7.00 EUR/100kg", "8"),
        ("15% or 125 JPY/L, whichever is less, MIN 67 JPY/L", "603"),
        ("243% or 1864 KRW/kg, whichever is greater", "186400"),
        ("$1.035/kg + 13.6%", "239.5"),
        ("100% of import value up to 200 HKD + 10% above", "1000"),
        ("11.2 MIN 22 EUR MAX 56 EUR/100 kg", "56"),
    ],
)
def test_a_printed_rate_gives_its_duty(text, duty):
    assert read(text).amount(Decimal(1000), SUMS) == Decimal(duty)


@pytest.mark.parametrize(
    "text",
    ["9 + EA MAX 18.7 +ADSZ", "EP", "", "REFUSE: company rates", "12% (JUN-FEB), 0% (FEB-JUN)", "drop table", "12%%",  # noqa: E501
     "The duty provided in the applicable subheading + 25%", "10 MIN 22 EUR MAX 56 EUR/100 kg (150)", "1 EUR/"],  # noqa: E501
)  # fmt: skip
def test_what_cannot_be_computed_says_why(text):
    with pytest.raises(NotExpressible) as problem:
        read(text)
    assert problem.value.reason


def test_a_missing_quantity_and_a_missing_rate_are_named():
    with pytest.raises(QuantityMissing, match="square metres"):
        read("2 EUR/m2").amount(ONE, SUMS)
    with pytest.raises(RateMissing, match="CHF"):
        read("2 CHF/kg").amount(ONE, SUMS)


# Lines that no expression can hold, counted by reason; a new one must be looked at by a person.
KNOWN = {
    ("us_hts8_mfn_2025.csv", "mfn_text_rate"): 13_100,
    ("eu_cet_and_uk_ukgt_rates_cn8_2020.csv", "cet_duty_rate"): 9_533,
    ("eu_cet_and_uk_ukgt_rates_cn8_2020.csv", "ukgt_duty_rate"): 9_533,
}


@pytest.mark.parametrize("name", KNOWN)
def test_every_line_of_the_official_files_is_read_or_listed(name):
    file, column = name
    path = shared(f"data/{file}")
    refused: dict[str, list[str]] = {}
    with path.open(encoding="utf-8", errors="replace", newline="") as text:
        rows = list(csv.DictReader(text))

    for row in rows:
        try:
            read(row[column])
        except NotExpressible as problem:
            refused.setdefault(problem.reason, []).append(next(iter(row.values())))

    assert len(rows) == KNOWN[name]
    counts = Counter({reason: len(codes) for reason, codes in refused.items()})
    listed = {
        (line["file"], line["column"], line["reason"]): line["codes"].split()
        for line in csv.DictReader(
            (ROOT / "docs" / "not_expressible.csv").read_text(encoding="utf-8").splitlines()
        )
    }
    assert {reason: codes for (a, b, reason), codes in listed.items() if (a, b) == name} == refused, counts
