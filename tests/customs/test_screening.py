"""Names near listed ones: quality on the public sets, and clearings that hold until a side changes."""

from __future__ import annotations

import csv
import time
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from customs import actions
from customs.actions.parties import Entry
from customs.lists import ofac, un
from customs.models import Hold, PartyList, ScreeningHit
from customs.screening import PAIR_FROM, Index, Listed, Party, normalise, pair_score
from marketplace.accounts.models import Company
from marketplace.kit.places import Place
from tests.customs.world import NOON, company, declared, operator

ROOT = Path(__file__).resolve().parents[2]
SHARED = next((p for p in (ROOT.parent / "shared", ROOT.parent.parent / "shared") if p.is_dir()), None)
DATA = SHARED / "data" if SHARED else Path("/nowhere")
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="the public lists are not on this machine")


@pytest.fixture(scope="module")
def index() -> Index:
    lists, _day = un.read(DATA / "sanctions" / "UN_consolidated_2026-02-27.xml")
    treasury, _none = ofac.read(
        DATA / "sanctions" / "OFAC_sdn_2023-11.csv", aliases=DATA / "sanctions" / "OFAC_alt_testdata.csv"
    )
    return Index(
        Listed(n, e.name, (e.name, *e.aliases), e.kind, e.countries, e.born, e.identifiers)
        for n, e in enumerate([*lists, *treasury])
    )


def names(file: str) -> list[str]:
    with (DATA / "eval" / file).open(encoding="utf-8") as rows:
        return [row["full_name"] for row in csv.DictReader(rows)]


@needs_data
@pytest.mark.parametrize(
    ("file", "least", "most"),
    [
        ("positives_un_untreated_dev.csv", 0.995, 1),
        ("positives_un_treated_dev.csv", 0.98, 1),
        ("negatives_global_dev.csv", 0, 0.005),
        ("negatives_us_dev.csv", 0, 0.005),
    ],
)
def test_altered_names_are_found_and_ordinary_names_are_not(index, file, least, most) -> None:
    asked, hits, times = names(file), 0, []

    for name in asked:
        start = time.perf_counter()
        hits += bool(index.near(Party(name)))
        times.append(time.perf_counter() - start)

    assert least <= hits / len(asked) <= most
    assert sorted(times)[int(len(times) * 0.95)] < 0.05


@needs_data
def test_pairs_reach_their_mark() -> None:
    with (DATA / "eval" / "name_pairs_dev.csv").open(encoding="utf-8") as file:
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
