"""Names near listed ones: quality on the public sets, and clearings that hold until a side changes."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from customs import actions
from customs.actions.parties import Entry
from customs.lists import ofac, un
from customs.models import Declaration, Hold, ListedParty, PartyList, ScreeningHit
from customs.screening import PAIR_FROM, Index, Listed, Party, explain, normalise, pair_score
from marketplace.accounts.models import Company
from marketplace.events import bus
from marketplace.kit.places import Place
from tests.customs.shared import shared as shared_or_skip
from tests.customs.world import NOON, basket, company, declared, operator


@pytest.fixture(scope="module")
def data() -> Path:
    return shared_or_skip("data")


@pytest.fixture(scope="module")
def index(data: Path) -> Index:
    lists, _day = un.read(data / "sanctions" / "UN_consolidated_2026-02-27.xml")
    treasury, _none = ofac.read(
        data / "sanctions" / "OFAC_sdn_2023-11.csv", aliases=data / "sanctions" / "OFAC_alt_testdata.csv"
    )
    return Index(
        Listed(n, e.name, (e.name, *e.aliases), e.kind, e.countries, e.born, e.identifiers)
        for n, e in enumerate([*lists, *treasury])
    )


def names(path: Path) -> list[str]:
    with path.open(encoding="utf-8") as rows:
        return [row["full_name"] for row in csv.DictReader(rows)]


@pytest.mark.parametrize(
    ("file", "least", "most"),
    [
        ("positives_un_untreated_dev.csv", 0.995, 1),
        ("positives_un_treated_dev.csv", 0.98, 1),
        ("negatives_global_dev.csv", 0, 0.005),
        ("negatives_us_dev.csv", 0, 0.005),
    ],
)
def test_altered_names_are_found_and_ordinary_names_are_not(
    data: Path, index: Index, file: str, least: float, most: float
) -> None:
    asked = names(data / "eval" / file)

    hits = sum(bool(index.near(Party(name))) for name in asked)

    assert least <= hits / len(asked) <= most


def test_pairs_reach_their_mark(data: Path) -> None:
    with (data / "eval" / "name_pairs_dev.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    told = [
        pair_score(row["name1"], row["name2"], firm=row["schema"] != "Person") >= PAIR_FROM for row in rows
    ]
    true = [row["is_match"] == "true" for row in rows]

    right = sum(a and b for a, b in zip(told, true, strict=True))
    f1 = 2 * right / (sum(told) + sum(true))

    assert f1 >= 0.78


@pytest.mark.parametrize(
    ("one", "other"),
    [("Владимир Петров", "PETROV, Vladimir"), ("José Ñandú", "jose nandu"), ("Dr. Ali Hassan", "Hassan Ali")],
)
def test_names_are_compared_in_one_alphabet_and_order(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


FIRM = Entry(entry="1", kind="firm", name="Distribuidora Australis S.A.", countries=("PA",))


def load(*entries: Entry) -> PartyList:
    return actions.load_parties(
        source="DEMO", title="Demo list", entries=entries, listed_on=NOON.date(), at=NOON, demo=True
    )


def held(order: str) -> Hold | None:
    seller = Company.objects.filter(number="COM-1").first() or company("COM-1", "Kiondo Weavers")
    buyer = "Distribuidora Austalis SRL"
    declared(order, seller, buyer_name=buyer, buyer_kind="business", ship_to=Place("AR", "1000"))
    return actions.check_clearance(order_number=order, at=NOON)


@pytest.mark.django_db
def test_a_cleared_pair_stays_cleared_until_the_entry_changes() -> None:
    load(FIRM)
    first = held("ORD-1")
    assert first is not None
    assert first.findings.get(rule="R-SCR-001").evidence["listed"]["name"] == FIRM.name
    hit = ScreeningHit.objects.get()
    actions.decide_hit(hit_id=hit.pk, by=operator(), state="CLEARED", note="Other country", at=NOON)

    assert held("ORD-2") is None
    load(Entry(entry="1", kind="firm", name=FIRM.name, aliases=("Australis",), countries=("PA",)))
    assert held("ORD-3") is not None

    assert ScreeningHit.objects.count() == 2
    assert hit.listed_snapshot["name"] == FIRM.name


@pytest.mark.django_db
def test_the_same_list_twice_is_one_version_and_a_newer_one_takes_over() -> None:
    first = load(FIRM)

    assert load(FIRM) == first
    second = load(FIRM, Entry(entry="2", kind="person", name="Viktor Maldonis"))

    assert list(PartyList.objects.filter(is_active=True)) == [second]
    assert second.entries == 2


@pytest.mark.django_db
@pytest.mark.parametrize("content", [b"", b"<CONSOLIDATED_LIST><INDIVIDUALS>", b"<other/>", b"\xff\xfe\x00"])
def test_a_broken_list_changes_nothing(tmp_path: Path, content: bytes) -> None:
    before = load(FIRM)
    file = tmp_path / "list.xml"
    file.write_bytes(content)

    with pytest.raises(CommandError, match=r"Nothing was loaded"):
        call_command("load_parties", "un", str(file))

    assert PartyList.objects.get() == before


def test_a_score_says_what_each_part_adds() -> None:
    listed = Listed(
        1, "Viktor Maldonis", ("Viktor Maldonis",), "person", ("PA",), "1961-04-02", ("PA1234567",)
    )
    ours = Party("Maldonis Viktor", "AR", "1988-01-01", ("XX-99",))

    score = explain(ours, listed, "Viktor Maldonis", Decimal(1))

    assert [(part.field, part.verdict, part.adds) for part in score.parts] == [
        ("name", "same", Decimal(1)),
        ("country", "different", Decimal("-0.04")),
        ("born", "different", Decimal("-0.15")),
        ("number", "different", Decimal("-0.03")),
    ]
    assert score.total == Decimal("0.780")


def test_the_same_number_is_the_same_party_whatever_its_name() -> None:
    index = Index([Listed(1, "Viktor Maldonis", ("Viktor Maldonis",), identifiers=("PA-123 4567",))])

    match = index.near(Party("Somebody Else", identifiers=("pa1234567",)))[0]

    assert (match.listed.key, match.score.total) == (1, Decimal("1.000"))
    assert match.score.parts[0].field == "number"
    assert index.near(Party("Somebody Else", identifiers=("pa7654321",))) == []


@pytest.mark.django_db
def test_a_newer_list_compares_only_what_changed_and_holds_what_is_under_way(
    django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(bus._subscribers, "HoldOpened", ())  # nobody upstairs knows these orders
    load(Entry(entry="9", kind="firm", name="Golden Harrier Trading LLC"))
    assert held("ORD-1") is None
    assert Declaration.objects.get().state == "CHECKED"

    with django_capture_on_commit_callbacks(execute=True):
        second = load(Entry(entry="9", kind="firm", name="Golden Harrier Trading LLC"), FIRM)

    assert list(second.changed.values_list("entry", flat=True)) == ["1"]
    hold = Hold.objects.get()
    assert [finding.rule for finding in hold.findings.all()] == ["R-SCR-001"]
    assert Declaration.objects.get().state == "HELD"
    assert ScreeningHit.objects.get().declaration == hold.declaration
    assert actions.rescreen(version_id=second.pk, at=NOON) == 0
    assert Hold.objects.count() == 1


@pytest.mark.django_db
def test_a_cleared_pair_is_not_asked_again_when_other_entries_change() -> None:
    load(FIRM)
    assert held("ORD-1") is not None
    hit = ScreeningHit.objects.get()
    actions.decide_hit(hit_id=hit.pk, by=operator(), state="CLEARED", note="Other country", at=NOON)

    newer = load(FIRM, Entry(entry="2", kind="person", name="Viktor Maldonis"))

    assert actions.rescreen(version_id=newer.pk, at=NOON) == 0
    assert ScreeningHit.objects.get() == hit
    assert held("ORD-2") is None


@pytest.mark.django_db
def test_an_open_case_gets_the_new_finding_once() -> None:
    load(Entry(entry="9", kind="firm", name="Golden Harrier Trading LLC"))
    seller = company("COM-1", "Kiondo Weavers")
    declared(
        "ORD-1", seller, basket(hs_code=""), buyer_name="Distribuidora Austalis SRL", buyer_kind="business"
    )
    hold = actions.check_clearance(order_number="ORD-1", at=NOON)
    assert hold is not None

    newer = load(Entry(entry="9", kind="firm", name="Golden Harrier Trading LLC"), FIRM)
    for _ in range(2):
        actions.rescreen(version_id=newer.pk, at=NOON)

    assert sorted(hold.findings.values_list("rule", flat=True)) == ["R-DATA-001", "R-SCR-001"]
    assert Hold.objects.get().version == 2


@pytest.mark.django_db
def test_while_a_list_is_too_old_new_parties_wait_and_known_ones_pass(settings: Any) -> None:
    settings.SCREENING_MAX_AGE_DAYS = 14
    load_real(NOON.date() - timedelta(days=14))
    assert plain("ORD-1", "Clara Whitfield") is None

    PartyList.objects.update(listed_on=NOON.date() - timedelta(days=15))
    known, new = plain("ORD-2", "Clara Whitfield"), plain("ORD-3", "Someone New")

    assert known is None
    assert new is not None
    finding = new.findings.get()
    assert (finding.rule, finding.evidence["declared"]) == ("R-SCR-002", "Someone New")
    assert finding.evidence["found"] == "UN list is 15 days old, the limit is 14"
    assert plain("ORD-4", "Someone New") is not None


@pytest.mark.django_db
def test_without_any_list_every_party_waits(settings: Any) -> None:
    settings.SCREENING_MAX_AGE_DAYS = 14

    hold = plain("ORD-1", "Clara Whitfield")

    assert hold is not None
    assert hold.findings.get().evidence["found"] == "no list is loaded"


@pytest.mark.django_db
def test_the_same_entries_of_a_newer_day_make_the_list_younger() -> None:
    load_real(NOON.date() - timedelta(days=30))

    again = load_real(NOON.date())

    assert PartyList.objects.get() == again
    assert again.age_days(NOON.date()) == 0


@pytest.mark.django_db
def test_an_entry_that_left_the_list_is_found_no_more() -> None:
    load(FIRM, Entry(entry="2", kind="person", name="Viktor Maldonis"))

    load(Entry(entry="2", kind="person", name="Viktor Maldonis"))

    assert list(ListedParty.objects.filter(is_listed=True).values_list("entry", flat=True)) == ["2"]
    assert held("ORD-1") is None


def load_real(day: date) -> PartyList:
    return actions.load_parties(source="UN", title="UN list", entries=[FIRM], listed_on=day, at=NOON)


def plain(order: str, buyer: str) -> Hold | None:
    seller = Company.objects.filter(number="COM-1").first() or company("COM-1", "Kiondo Weavers")
    declared(order, seller, buyer_name=buyer, ship_to=Place("GB", order))
    return actions.check_clearance(order_number=order, at=NOON)
