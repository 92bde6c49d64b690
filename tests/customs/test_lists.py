"""Every published form of a list of denied parties is read, or refused as a whole with the place."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from customs.actions.parties import Entry
from customs.lists import base, eu, ftm, ofac, ofac_advanced, uk
from customs.lists.base import ListBroken
from customs.models import ListedParty, PartyList

FILES = Path(__file__).parent / "lists"
FORMATS = [
    ("ofac-advanced", "ofac_advanced.xml", "OFAC", 3),
    ("uk", "uk.xml", "UK", 2),
    ("uk", "uk.csv", "UK", 2),
    ("eu", "eu.xml", "EU", 2),
    ("ftm", "ftm.jsonl", "FTM", 3),
]


def test_the_advanced_list_of_the_treasury_is_read() -> None:
    entries, day = ofac_advanced.read(FILES / "ofac_advanced.xml")

    assert day == date(2026, 11, 20)
    assert entries[0] == Entry(
        entry="90001",
        kind="person",
        name="Rasheed TAMWARI",
        aliases=("Rashid AL-TAMWARI",),
        countries=("AE",),
        born="1974",
        identifiers=("ZX 4471209",),
        programme="SDGT",
    )
    assert [(one.kind, one.name, one.countries) for one in entries[1:]] == [
        ("firm", "Distribuidora Australis S.A.", ("PA",)),
        ("ship", "PALOMERIA STAR", ()),
    ]


@pytest.mark.parametrize("file", ["uk.xml", "uk.csv"])
def test_the_uk_list_says_the_same_as_xml_and_as_csv(file: str) -> None:
    entries, day = uk.read(FILES / file)

    assert day == date(2026, 11, 19)
    assert entries == [
        Entry(
            entry="TST0001",
            kind="person",
            name="Viktor Pavel MALDONIS",
            aliases=entries[0].aliases,
            countries=("PA",),
            born="1961",
            identifiers=("PA1234567",),
            programme="The Invented (Sanctions) Regulations 2026",
        ),
        Entry(
            entry="TST0002",
            kind="firm",
            name="Nordlicht Umschlag GmbH",
            countries=("DE",),
            programme="The Invented (Sanctions) Regulations 2026",
        ),
    ]
    assert set(entries[0].aliases) == {"Victor Maldonnis", "Виктор Малдонис"}


def test_the_list_of_the_union_is_read() -> None:
    entries, day = eu.read(FILES / "eu.xml")

    assert day == date(2026, 11, 18)
    assert entries[0] == Entry(
        entry="EU.90001.1",
        kind="person",
        name="Viktor Maldonis",
        aliases=("Victor Maldonnis",),
        countries=("PA", "AE"),
        born="1961-04-02",
        identifiers=("PA1234567",),
        programme="TEST",
    )
    assert (entries[1].kind, entries[1].name) == ("firm", "Golden Harrier Trading LLC")


def test_follow_the_money_lines_are_read_and_other_things_are_left_out() -> None:
    entries, day = ftm.read(FILES / "ftm.jsonl")

    assert day == date(2026, 11, 12)
    assert [(one.entry, one.kind, one.identifiers) for one in entries] == [
        ("xx-0001", "person", ("ZX4471209",)),
        ("xx-0002", "firm", ("CN-77812",)),
        ("xx-0004", "ship", ("IMO9000001",)),
    ]
    assert (entries[0].countries, entries[0].born, entries[0].aliases) == (
        ("AE",),
        "1974-03-09",
        ("Rashid Tamwari",),
    )


@pytest.mark.django_db
@pytest.mark.parametrize(("form", "file", "source", "count"), FORMATS)
def test_each_form_is_loaded_by_its_name(form: str, file: str, source: str, count: int) -> None:
    call_command("load_parties", form, str(FILES / file), verbosity=0)

    loaded = PartyList.objects.get(source=source, is_active=True)
    assert loaded.entries == count
    assert ListedParty.objects.filter(source=source, is_listed=True, changed_in=loaded).count() == count


@pytest.mark.django_db
@pytest.mark.parametrize(("form", "file", "source", "_count"), FORMATS)
@pytest.mark.parametrize("damage", ["half", "empty", "latin"])
def test_a_damaged_file_of_any_form_changes_nothing(
    tmp_path: Path, form: str, file: str, source: str, _count: int, damage: str
) -> None:
    call_command("load_parties", form, str(FILES / file), verbosity=0)
    before = PartyList.objects.get(source=source)
    content = (FILES / file).read_bytes()
    broken = {
        "half": content[: len(content) * 2 // 5],
        "empty": b"",
        "latin": "Ñandú €".encode("cp1252") + b"\x81" + content,
    }
    path = tmp_path / file
    path.write_bytes(broken[damage])

    with pytest.raises(CommandError, match=rf"{file} could not be read: .+ Nothing was loaded"):
        call_command("load_parties", form, str(path), verbosity=0)

    assert PartyList.objects.get(source=source, is_active=True) == before
    assert ListedParty.objects.filter(source=source, is_listed=True).count() == before.entries


def test_a_file_larger_than_any_list_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(base, "LARGEST", 1000)
    path = tmp_path / "sdn.csv"
    path.write_bytes(b"1" * 1001)

    with pytest.raises(ListBroken, match="it has 1,001 bytes"):
        ofac.read(path)


def test_a_row_of_the_uk_list_without_its_number_is_named(tmp_path: Path) -> None:
    path = tmp_path / "uk.csv"
    path.write_text("Report Date: 19-Nov-2026\nUnique ID,Name 6\nTST1,Ada\n,Eve\n", encoding="utf-8")

    with pytest.raises(ListBroken, match="line 4, column “Unique ID” is empty"):
        uk.read(path)
