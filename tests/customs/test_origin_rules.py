"""The published rules of origin: files read as a whole, faults with their place, the judge with a rule."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from customs import rules_of_origin
from customs.models import OriginRule
from customs.origin import Answer, Made, Material
from customs.tariffs.base import BadFile
from tests.customs.shared import shared

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 26)
HALF = "Manufacture in which the value of all the materials used does not exceed **50%** of the price."


def rule(first: str, last: str, *ways: tuple[str, list[str]], **more: Any) -> dict[str, Any]:
    return {
        "heading": "ex", "subdivision": "Goods", "min": first, "max": last, "valid": True,
        "rules": [
            {"rule": text, "class": classes, "operator": "or" if place else None}
            for place, (text, classes) in enumerate(ways)
        ],
    } | more  # fmt: skip


def file(*rows: Any) -> bytes:
    return json.dumps({"rule_sets": list(rows)}).encode()


WOVEN = rule("4600000000", "4699999999", ("Manufacture from materials of any heading", ["CTH"]))
BASKETS = rule("4602000000", "4602999999", (HALF, ["MAXNOM"]))


def load(*rows: Any, agreement: str = "uk-kenya") -> int:
    return rules_of_origin.keep(
        agreement, rules_of_origin.read(file(*rows)), source="test file", read_on=TODAY
    )


def basket(share: str) -> Made:
    return Made("460219", Decimal(100), (Material("leather", "411390", Decimal(share), originating=False),))


def test_the_nearest_loaded_rule_judges_and_without_one_the_answer_says_so() -> None:
    before = rules_of_origin.judged("uk-kenya", basket("40"))
    load(WOVEN, BASKETS)

    yes, no = (rules_of_origin.judged("uk-kenya", basket(share)) for share in ("40", "60"))
    elsewhere = rules_of_origin.judged("uk-vietnam", basket("40"))

    assert (before.loaded, before.judged.answer) == (False, Answer.ASK)
    assert before.judged.reasons == (
        "The rule of origin for these goods is not loaded. Ask for it at the customs desk.",
    )
    assert (yes.judged.answer, no.judged.answer) == (Answer.YES, Answer.NO)
    assert (yes.rules, yes.source) == ((HALF,), "test file")
    assert yes.known == (
        "The limit of value and the wording of the proof are general knowledge: check them first.",
    )
    assert not elsewhere.loaded


def test_two_rules_for_the_same_codes_and_a_rule_for_a_part_are_left_to_a_person() -> None:
    other = rule("4602000000", "4602999999", ("Weaving", ["PROCESSING"]), subdivision="Other goods")
    part = rule("4602191000", "4602199999", ("Weaving", ["PROCESSING"]), subdivision="Of bamboo")
    load(BASKETS, other)
    load(BASKETS, part, agreement="uk-vietnam")

    twice = rules_of_origin.judged("uk-kenya", basket("40"))
    partly = rules_of_origin.judged("uk-vietnam", basket("40"))

    assert (twice.loaded, twice.judged.answer, partly.judged.answer) == (True, Answer.ASK, Answer.ASK)
    assert "Other goods" in twice.judged.reasons[0]
    assert "Of bamboo" in partly.judged.reasons[0]


def test_words_that_go_on_are_one_rule_for_a_person() -> None:
    row = rule("4602000000", "4602999999", ("From materials of any heading.", ["AH"]), ("Except that.", []))
    row["rules"][1]["operator"] = None

    (found,) = rules_of_origin.read(file(row))

    assert found.ways == (("From materials of any heading. Except that.", ("AH", "AND")),)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "not whole JSON"),
        (file(WOVEN)[:-9], "not whole JSON"),
        (b"\xff\xfe{}", "not UTF-8"),
        (b"[]", "no list of rules"),
        (b'{"rule_sets": []}', "no list of rules"),
        (file("x"), "must be an object"),
        (file(WOVEN, rule("46", "4699999999", (HALF, []))), "row 2, min: give a code of ten digits"),
        (file(rule("4700000000", "4600000000", (HALF, []))), "the last code is before the first"),
        (file(rule("4600000000", "4699999999")), "there is no rule"),
        (file(rule("4600000000", "4699999999", (" ", []))), "no words"),
        (file(WOVEN, WOVEN | {"rules": BASKETS["rules"]}), "the same goods have two rules"),
    ],
)
def test_a_bad_file_is_refused_with_its_place_and_changes_nothing(
    tmp_path: Path, content: bytes, words: str
) -> None:
    load(WOVEN)
    path = tmp_path / "kenya.json"
    path.write_bytes(content)

    with pytest.raises(BadFile, match=words):
        rules_of_origin.read(content)
    with pytest.raises(CommandError, match=r"kenya\.json was not loaded"):
        call_command("load_origin_rules", path)

    assert OriginRule.objects.count() == 1


def test_the_command_shows_the_difference_and_keeps_nothing_when_dry(tmp_path: Path) -> None:
    load(WOVEN, BASKETS)
    stricter = WOVEN | {"rules": [{"rule": "Weaving", "class": ["PROCESSING"], "operator": None}]}
    path = tmp_path / "kenya.json"
    path.write_bytes(file(stricter, rule("5000000000", "5099999999", (HALF, ["MAXNOM"]))))
    said = StringIO()

    call_command("load_origin_rules", path, "--dry-run", stdout=said)
    dry = OriginRule.objects.filter(first="5000000000").exists()
    call_command("load_origin_rules", path, stdout=StringIO())

    assert "uk-kenya: 1 added, 1 changed, 1 gone, 0 the same" in said.getvalue()
    assert not dry
    assert OriginRule.objects.count() == 2


def test_an_unknown_scheme_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "atlantis.json"
    path.write_bytes(file(WOVEN))

    with pytest.raises(CommandError, match="no lane for the scheme 'atlantis'"):
        call_command("load_origin_rules", path)


@pytest.mark.parametrize(
    ("name", "rules"),
    [("kenya", 483), ("vietnam", 383), ("singapore", 500), ("dcts-general-enhanced", 186)],
)
def test_every_rule_of_the_official_files_is_read(name: str, rules: int) -> None:
    path = shared(f"data/uk_roo/{name}.json")

    found = rules_of_origin.read(path.read_bytes())
    kept = rules_of_origin.keep("uk-test", found, source=name, read_on=TODAY)

    assert (len(found), kept) == (rules, rules)
    assert all(row.first <= row.last and row.ways[0][0] for row in found)
