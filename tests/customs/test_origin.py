"""Preferential origin: agreements by lane and day, rules judged from materials, words on the invoice."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customs import origin
from customs.origin import Answer, Made, Material, Way
from marketplace.kit.money import Money

TODAY = date(2026, 11, 26)


def euro(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def bag(*materials: Material) -> Made:
    return Made("460219", Decimal(100), materials)


def leather(value: str, *, code: str = "411390", ours: bool = False) -> Material:
    return Material("leather", code, Decimal(value), ours)


@pytest.mark.parametrize(
    ("made_in", "to", "on", "codes"),
    [
        ("KE", "DE", TODAY, ["eu-kenya"]),
        ("KE", "DE", date(2024, 6, 30), []),
        ("AR", "DE", date(2026, 4, 30), []),
        ("AR", "DE", date(2026, 5, 1), ["eu-mercosur"]),
        ("VN", "GB", TODAY, ["uk-vietnam", "cptpp"]),
        ("MY", "CN", TODAY, ["acfta"]),
        ("CN", "MY", TODAY, ["acfta-asean"]),
        ("CN", "DE", TODAY, []),
        ("MY", "US", TODAY, []),
        ("KE", "CN", date(2026, 4, 30), []),
        ("KE", "CN", date(2026, 5, 1), ["cn-africa"]),
        ("KE", "CN", date(2028, 5, 1), []),
        ("TR", "DE", TODAY, ["eu-turkey"]),
        ("VN", "KR", TODAY, ["kr-vietnam"]),
        ("CN", "AU", TODAY, []),  # rates are stored, but no source says from when and by which paper
    ],
)
def test_a_lane_has_its_agreements_from_their_day(made_in: str, to: str, on: date, codes: list[str]) -> None:
    assert [one.code for one in origin.agreements_for(made_in, to, on)] == codes


def test_every_agreement_says_its_law_and_source() -> None:
    assert all(one.legal_ref and one.source and one.proof for one in origin.AGREEMENTS)


@pytest.mark.parametrize(
    ("made", "way", "answer"),
    [
        (Made("060311", Decimal(5), wholly_obtained=True), Way("grown", wholly_obtained=True), Answer.YES),
        (bag(leather("10")), Way("grown", wholly_obtained=True), Answer.NO),
        (bag(leather("90")), Way("other heading", change=4), Answer.YES),
        (bag(leather("10", code="460212")), Way("other heading", change=4), Answer.NO),
        (bag(leather("10", code="460212", ours=True)), Way("other heading", change=4), Answer.YES),
        (bag(leather("10", code="46")), Way("other heading", change=4), Answer.ASK),
        (bag(leather("50")), Way("at most half", most_foreign=Decimal(50)), Answer.YES),
        (bag(leather("50.01")), Way("at most half", most_foreign=Decimal(50)), Answer.NO),
        (Made("460219", Decimal(0), (leather("1"),)), Way("half", most_foreign=Decimal(50)), Answer.ASK),
        (bag(), Way("other heading", change=4), Answer.ASK),
        (bag(leather("1")), Way("weaving", person=True), Answer.ASK),
    ],
)
def test_a_rule_is_judged_from_the_materials(made: Made, way: Way, answer: Answer) -> None:
    assert origin.judge(made, [way]).answer is answer


def test_one_way_that_holds_is_enough_and_an_open_way_keeps_the_answer_open() -> None:
    made = bag(leather("60", code="460212"))
    heading, value, person = Way("h", change=4), Way("v", most_foreign=Decimal(70)), Way("w", person=True)

    assert origin.judge(made, [heading, value]).answer is Answer.YES
    assert origin.judge(made, [heading, person]).answer is Answer.ASK
    assert origin.judge(made, [heading]).reasons == ("Foreign material of the same 4 digits: leather.",)
    assert origin.judge(made, []).answer is Answer.ASK


@given(st.decimals(0, 100, places=2), st.decimals(0, 100, places=2), st.decimals(1, 99, places=0))
def test_more_foreign_material_never_helps(less: Decimal, more: Decimal, limit: Decimal) -> None:
    less, more = sorted((less, more))
    way = [Way("v", most_foreign=limit)]

    if origin.judge(bag(leather(str(more))), way).answer is Answer.YES:
        assert origin.judge(bag(leather(str(less))), way).answer is Answer.YES


def test_published_rules_are_read_or_left_to_a_person() -> None:
    half = origin.way_of(
        "Manufacture in which the value of all the materials used does not exceed **50%** of the price.",
        ["MAXNOM"],
    )
    heading = origin.way_of("Manufacture from materials of any heading, except that of the product.", ["CTH"])
    two = origin.way_of("does not exceed **20%** of x and **50%** of y", ["MAXNOM"])
    only = origin.way_of("value of any materials of [chapter&nbsp;3](x) not above **15%**", ["MAXNOM"])
    weaving = origin.way_of("Weaving accompanied by making-up", ["PROCESSING"])

    assert (half.most_foreign, half.person) == (Decimal(50), False)
    assert (heading.change, heading.person) == (4, False)
    assert [one.person for one in (two, only, weaving, origin.way_of("Beading.", []))] == [True] * 4


def test_the_statement_names_the_origin_and_stops_at_the_limit() -> None:
    (kenya,) = origin.agreements_for("KE", "DE", TODAY)

    text = origin.statement(kenya, origin="Kenya", value=euro("6000"))
    approved = origin.statement(kenya, origin="Kenya", value=euro("9000"), approved_number="KE/12")

    assert text == (
        "The exporter of the products covered by this document declares that, except where otherwise clearly "
        "indicated, these products are of Kenya preferential origin."
    )
    assert "(customs authorization No KE/12)" in approved
    with pytest.raises(origin.StatementRefused, match="Above 6000 EUR only an approved exporter"):
        origin.statement(kenya, origin="Kenya", value=euro("6000.01"))
    with pytest.raises(origin.StatementRefused, match="Give the value in EUR"):
        origin.statement(kenya, origin="Kenya", value=Money(Decimal(1), "KES"))


def test_a_certificate_of_the_authority_cannot_be_written_by_the_maker() -> None:
    (china,) = origin.agreements_for("MY", "CN", TODAY)

    with pytest.raises(origin.StatementRefused, match="certificate Form E"):
        origin.statement(china, origin="Malaysia", value=euro("10"))


def test_a_proof_never_costs_more() -> None:
    assert origin.saving(euro("9.05"), euro("0")) == euro("9.05")
    assert origin.saving(euro("1"), euro("2")) == euro("0")
