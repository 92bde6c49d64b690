"""A quote's record gives the same cents years later, whatever the tariff says by then."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from customs import record, stored
from customs.assessment import GivenMeasure, GivenRules, GoodsLine, LandedCase, assess
from customs.landed import Assessment
from customs.tariffs import versions
from marketplace.accounts.models import User
from marketplace.kit.money import Money
from marketplace.kit.places import Place

RATES = {
    ("EUR", "USD"): Decimal("1.1172"),
    ("EUR", "GBP"): Decimal("0.8338"),
    ("EUR", "JPY"): Decimal("175.68"),
}
AT = datetime(2026, 11, 24, tzinfo=UTC)


def line(code: str, value: str, currency: str = "USD", **more: Any) -> GoodsLine:
    return GoodsLine(
        "1", code, more.pop("origin", "CN"), "x", Decimal(2), Money(Decimal(value), currency), **more
    )


def case(to: str, currency: str, *lines: GoodsLine, **more: Any) -> LandedCase:
    return LandedCase(
        more.pop("on", date(2026, 11, 21)), Place("CN"), Place(to), currency, lines,
        Money(Decimal("12.34"), currency), Money(Decimal("1.10"), currency), RATES, **more,
    )  # fmt: skip


def again(found: Assessment) -> list[tuple[str, str | None, Money]]:
    assert found.worked is not None
    kept = json.loads(json.dumps(record.dump(found.worked)))
    return [(row.kind, row.line, row.amount) for row in record.recompute(kept)]


def charges(found: Assessment) -> list[tuple[str, str | None, Money]]:
    return [(row.kind, row.line, row.amount) for row in found.charges]


@pytest.mark.parametrize(
    ("to", "currency", "code", "value"),
    [("US", "USD", "61091000", "3100.10"), ("US", "EUR", "61091000", "77.77"), ("DE", "EUR", "61091000", "90"),
     ("DE", "USD", "61091000", "900.03"), ("GB", "GBP", "61091000", "133.33"), ("JP", "JPY", "610910", "900"),
     ("CN", "EUR", "61091000", "333.33"), ("AU", "USD", "61091000", "2000"), ("SG", "SGD", "610910", "399")],
)  # fmt: skip
def test_a_stored_price_comes_out_again_to_the_cent(
    tariff: stored.Tariff, to: str, currency: str, code: str, value: str
) -> None:
    found = assess(
        replace(
            case(to, currency, line(code, value)),
            rates={
                **RATES,
                ("EUR", "AUD"): Decimal("1.59"),
                ("EUR", "SGD"): Decimal("1.43"),
                ("EUR", "CNY"): Decimal("7.43"),
            },
        )
    )

    assert found.charges
    assert again(found) == charges(found)


def test_a_new_tariff_does_not_change_an_old_quote(tariff: stored.Tariff) -> None:
    found = assess(case("US", "USD", line("61091000", "3000")))
    assert found.worked is not None
    kept = json.loads(json.dumps(record.dump(found.worked)))
    before = charges(found)
    first, second = (User.objects.create(email=f"{name}@example.com") for name in "ab")
    raw = b"code,kind,origin_area,expression,valid_from,valid_to\n61091000,third_country_duty,ERGA OMNES,99%,,\n"
    version = versions.propose(
        destination="US", name="own-csv", raw=raw, label="New", source="test", by=first, at=AT
    )
    versions.activate(version_id=version.pk, by=second, at=AT, note="Checked against the source.")
    stored.forget()

    now = charges(assess(case("US", "USD", line("61091000", "3000"))))

    assert now != before
    assert [(row.kind, row.line, row.amount) for row in record.recompute(kept)] == before


EXPRESSIONS = ["Free", "12%", "12.8% + 304.1 EUR/100 kg", "8.3% MIN 1.6 EUR/100 kg MAX 18.7%", "4.4 cents/kg"]


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["DE", "GB", "JP", "US", "CN", "AR", "CH"]),
    st.decimals(min_value="0.01", max_value="99999", places=2),
    st.sampled_from(EXPRESSIONS),
    st.sampled_from(["none", None]),
)
def test_computing_a_record_again_gives_the_same_cents(
    to: str, value: Decimal, text: str, regime: str | None
) -> None:
    measures = (
        GivenMeasure(None, "third_country_duty", text), GivenMeasure(None, "vat", "19%"),
        GivenMeasure(None, "fee", "0.3464% MIN 33.58 USD MAX 651.50 USD"),
    )  # fmt: skip
    rates = {**RATES, ("EUR", "CNY"): Decimal("7.43"), ("EUR", "CHF"): Decimal("0.93")}
    goods = line("610910", str(value), net_weight_kg=Decimal("3.2"))

    found = assess(replace(case(to, "EUR", goods, measures=measures, rules=GivenRules(regime)), rates=rates))

    assert again(found) == charges(found)
