"""Product-specific rules of origin from the UK's published JSON: read, compared, kept, and used by the judge.

A file holds one scheme. It is read as a whole: a fault names its place, and nothing of the file is kept.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from django.db import transaction

from customs.models import OriginRule
from customs.origin import Answer, Judged, Made, judge, way_of
from customs.proofs import BY_CODE
from customs.tariffs.base import BadFile, Fault

LARGEST: Final = 20_000_000
CODE_LENGTH: Final = 10
# The publisher's names of schemes, and our agreements of the same lane.
SCHEMES: Final = {
    "kenya": "uk-kenya", "vietnam": "uk-vietnam", "andean": "uk-andean", "turkey": "uk-turkey",
    "cptpp": "cptpp", "singapore": "uk-singapore", "dcts-general-enhanced": "uk-dcts",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rule of a range of codes: ways of which any one is enough. Codes have ten digits."""

    heading: str
    goods: str
    first: str
    last: str
    ways: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def key(self) -> str:
        """What a rule is about: range, heading and goods; two rules of a file never share it."""
        text = "|".join((self.first, self.last, self.heading, self.goods))
        return hashlib.sha256(text.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Difference:
    """What a file would change, as rules that are added, changed, gone and the same."""

    added: tuple[RuleSet, ...]
    changed: tuple[RuleSet, ...]
    gone: tuple[str, ...]
    same: int


def read_file(path: Path) -> tuple[RuleSet, ...]:
    """Read a file of one scheme from disk; one past the limit is refused before a byte of it is read."""
    if path.stat().st_size > LARGEST:
        raise _too_large()
    return read(path.read_bytes())


def _too_large() -> BadFile:
    return BadFile(Fault(0, "file", f"the file is larger than {LARGEST // 1_000_000} MB"))


def read(content: bytes) -> tuple[RuleSet, ...]:
    """Read a file of one scheme; a BadFile names each place that cannot be used."""
    if len(content) > LARGEST:
        raise _too_large()
    try:
        data = json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError as problem:
        raise BadFile(Fault(0, "encoding", f"the file is not UTF-8: byte {problem.start}")) from problem
    except (ValueError, RecursionError) as problem:
        raise BadFile(
            Fault(getattr(problem, "lineno", 0), "file", "this is not whole JSON: is it cut?")
        ) from problem
    sets = data.get("rule_sets") if isinstance(data, dict) else None
    if not isinstance(sets, list) or not sets:
        raise BadFile(Fault(0, "rule_sets", "the file holds no list of rules"))
    faults: list[Fault] = []
    found: dict[str, RuleSet] = {}
    for place, row in enumerate(sets, 1):
        if isinstance(row, dict) and row.get("valid") is False:
            continue
        fault = _fault(row, place)
        if fault:
            faults.append(fault)
            continue
        rule = _rule(row)
        known = found.get(rule.key)
        if known is not None and known.ways != rule.ways:
            faults.append(Fault(place, "rules", f"{rule.heading}: the same goods have two rules"))
        found[rule.key] = rule
    if faults:
        raise BadFile(*faults)
    return tuple(found.values())


def _fault(row: Any, place: int) -> Fault | None:
    """What is wrong with one row; nothing when it can be used."""
    if not isinstance(row, dict):
        return Fault(place, "rule_sets", "a rule must be an object")
    for name in ("min", "max"):
        code = row.get(name)
        if not isinstance(code, str) or len(code) != CODE_LENGTH or not (code.isascii() and code.isdigit()):
            return Fault(place, name, "give a code of ten digits")
    if row["min"] > row["max"]:
        return Fault(place, "max", "the last code is before the first")
    rules = row.get("rules")
    if not isinstance(rules, list) or not rules:
        return Fault(place, "rules", "there is no rule for these goods")
    return _wordless(rules, place)


def _wordless(rules: list[Any], place: int) -> Fault | None:
    """What is wrong with the words of a rule."""
    for one in rules:
        if not isinstance(one, dict) or not str(one.get("rule") or "").strip():
            return Fault(place, "rule", "a rule has no words")
        if not isinstance(one.get("class"), list) or one.get("operator") not in {None, "or", "and"}:
            return Fault(place, "class", "a rule has no classes, or joins others in an unknown way")
    return None


def _rule(row: dict[str, Any]) -> RuleSet:
    ways: list[tuple[str, tuple[str, ...]]] = []
    for one in row["rules"]:
        text, classes = " ".join(str(one["rule"]).split()), tuple(str(name) for name in one["class"])
        if one["operator"] != "or" and ways:
            # The words go on, or two tests must both hold: more than our judge combines, left to a person.
            before, earlier = ways.pop()
            text, classes = f"{before} {text}", (*earlier, *classes, "AND")
        ways.append((text, classes))
    words = " ".join(str(row.get("subdivision") or "").split())
    heading = " ".join(str(row.get("heading") or "").split())
    return RuleSet(heading[:200], words, row["min"], row["max"], tuple(ways))


def difference(agreement: str, rules: Sequence[RuleSet]) -> Difference:
    """Compare a file with what is kept for an agreement."""
    held = {row.key: row for row in OriginRule.objects.filter(agreement=agreement)}
    fresh = {rule.key: rule for rule in rules}
    changed = tuple(r for k, r in fresh.items() if k in held and _plain(held[k].ways) != r.ways)
    return Difference(
        tuple(rule for key, rule in fresh.items() if key not in held),
        changed,
        tuple(f"{row.heading} {row.first}–{row.last}" for key, row in held.items() if key not in fresh),
        sum(1 for key in fresh if key in held) - len(changed),
    )


def _plain(ways: Any) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((text, tuple(classes)) for text, classes in ways)


@transaction.atomic
def keep(agreement: str, rules: Sequence[RuleSet], *, source: str, read_on: date) -> int:
    """Replace the rules of an agreement by those of a file; gives how many there are now."""
    OriginRule.objects.filter(agreement=agreement).delete()
    OriginRule.objects.bulk_create(
        [
            OriginRule(
                agreement=agreement, key=rule.key, heading=rule.heading, goods=rule.goods, first=rule.first,
                last=rule.last, ways=[[text, list(classes)] for text, classes in rule.ways],
                source=source[:300], retrieved_on=read_on,
            )
            for rule in rules
        ],
        batch_size=500,
    )  # fmt: skip
    return len(rules)


@dataclass(frozen=True, slots=True)
class Judgement:
    """The judge's answer under one agreement; `loaded` says whether a rule for these goods is there."""

    agreement: str
    judged: Judged
    rules: tuple[str, ...] = ()
    source: str = ""
    known: tuple[str, ...] = ()
    loaded: bool = True


def judged(agreement: str, made: Made) -> Judgement:
    """Judge goods by the loaded rule of an agreement; without one the answer is open and says so.

    Where several rules cover the code (an “ex” heading beside its chapter), the narrowest range counts;
    several of the same width differ by words about the goods, so a person must say which one is meant.
    """
    notes = tuple(_known(agreement))
    code = "".join(filter(str.isdigit, made.hs_code))
    rows = _nearest(agreement, code) if len(code) >= 4 else []
    if not rows:
        words = "The rule of origin for these goods is not loaded. Ask for it at the customs desk."
        return Judgement(agreement, Judged(Answer.ASK, (words,)), loaded=False, known=notes)
    if len(rows) > 1:
        goods = " / ".join(f"{row.heading}: {row.goods}" for row in rows)[:600]
        words = f"A person must say which of these the goods are: {goods}"
        answer = Judged(Answer.ASK, (words,))
    else:
        answer = judge(made, [way_of(text, classes) for text, classes in rows[0].ways])
    texts = tuple(text for row in rows for text, _classes in row.ways)
    return Judgement(agreement, answer, texts, rows[0].source, notes)


def _nearest(agreement: str, code: str) -> list[OriginRule]:
    """The rules with the narrowest range that covers the whole of the code."""
    low, high = code[:10].ljust(10, "0"), code[:10].ljust(10, "9")
    covering = OriginRule.objects.filter(agreement=agreement, first__lte=low, last__gte=high)
    rows = list(covering)
    width = min((int(row.last) - int(row.first) for row in rows), default=0)
    narrowest = [row for row in rows if int(row.last) - int(row.first) == width]
    # A rule inside the code's own range would be about a part of the goods: then a person must say which.
    inside = OriginRule.objects.filter(agreement=agreement, first__gte=low, last__lte=high)
    parts = [row for row in inside if row not in narrowest]
    return [*narrowest, *parts]


def _known(agreement: str) -> Iterator[str]:
    """What about the agreement is general knowledge and still to be checked."""
    found = BY_CODE.get(agreement)
    if found is not None and found.confidence != "read":
        yield "The limit of value and the wording of the proof are general knowledge: check them first."
