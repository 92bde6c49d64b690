"""Read the operator's files about goods: official lines, search references, synonyms, vague terms.

Each format replaces the rows of its own source, so a file may be loaded again at any time.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml
from django.db import transaction
from django.utils.translation import gettext as _

from customs.codes import tree
from customs.codes.text import LONGEST
from customs.models import GoodsPhrase, InterceptMessage, Synonym
from marketplace.kit.refusal import Refusal

LARGEST: Final = 50_000_000
MOST_CODES: Final = 40
_CODES: Final = re.compile(r"\b(?:chapter|heading|subheading|commodity|code)s?\s+(\d{2,10})\b")


class FileUnreadable(Refusal):
    """The file is not of the format that was named; nothing was loaded."""

    words = "{problem}"
    status = 400

    def __init__(self, problem: str) -> None:
        super().__init__(problem=problem)


@dataclass(slots=True)
class Read:
    """What one file says: phrases with codes, synonyms, terms that need a question, and lines left out."""

    phrases: dict[str, set[str]] = field(default_factory=dict)
    synonyms: dict[str, str] = field(default_factory=dict)
    intercepts: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)

    def add(self, text: str, code: str, row: int, known: Mapping[str, Any]) -> None:
        """Keep a phrase for the first six digits of a code that HS 2022 has."""
        digits = re.sub(r"\D", "", code)[:6]
        words = " ".join(text.replace("\x00", "").split())[:LONGEST]
        if digits not in known or len(digits) != 6 or not words:
            self.left_out.append(
                _("row %(row)s: HS 2022 has no code %(code)s") % {"row": row, "code": code[:12]}
            )
        else:
            self.phrases.setdefault(words, set()).add(digits)


def _table(text: str, *columns: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.DictReader(io.StringIO(text))
    missing = [name for name in columns if name not in (reader.fieldnames or ())]
    if missing:
        raise FileUnreadable(_("The file has no column %(name)s.") % {"name": missing[0]})
    for row in reader:
        cells = [row[name] for name in columns]
        if any(cell is None for cell in cells):
            raise FileUnreadable(_("Row %(row)s is cut off.") % {"row": reader.line_num})
        yield reader.line_num, cells


def _columns(text_column: str, code_column: str) -> Callable[[str, Mapping[str, Any]], Read]:
    def read(text: str, known: Mapping[str, Any]) -> Read:
        found = Read()
        for row, (words, code) in _table(text, text_column, code_column):
            found.add(words, code, row, known)
        return found

    return read


def _hts10(text: str, known: Mapping[str, Any]) -> Read:
    found = Read()
    for row, (words, code) in _table(text, "description", "hs10"):
        found.add(words, code.zfill(10), row, known)
    return found


def _references(text: str, known: Mapping[str, Any]) -> Read:
    try:
        pairs = json.loads(text)
    except ValueError as problem:
        raise FileUnreadable(_("This is not JSON: %(problem)s.") % {"problem": problem}) from problem
    if not isinstance(pairs, dict):
        raise FileUnreadable(_("The file must map terms to codes."))
    found = Read()
    for row, (words, code) in enumerate(pairs.items(), 1):
        found.add(str(words), str(code), row, known)
    return found


def _intercepts(text: str, known: Mapping[str, Any]) -> Read:
    try:
        content = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506
        terms = content["default"]
    except (yaml.YAMLError, TypeError, KeyError) as problem:
        raise FileUnreadable(
            _("This is not a file of messages: %(p)s.") % {"p": str(problem)[:120]}
        ) from problem
    found = Read()
    for term, message in terms.items():
        codes = tuple(dict.fromkeys(_CODES.findall(str(message))))
        found.intercepts[term_of(str(term))] = (str(message), codes)
        below = {six for code in codes if len(code) >= 4 for six in _below(code[:6], known)}
        if 0 < len(below) <= MOST_CODES:
            found.phrases.setdefault(str(term)[:LONGEST], set()).update(below)
    return found


def _below(code: str, known: Mapping[str, Any]) -> list[str]:
    return [six for six in known if len(six) == 6 and six.startswith(code)]


def _vague(text: str, known: Mapping[str, Any]) -> Read:
    del known
    found = Read()
    for row in csv.reader(io.StringIO(text)):
        if row and (term := term_of(row[0])):
            found.intercepts.setdefault(term, ("", ()))
    return found


def _synonyms(text: str, known: Mapping[str, Any]) -> Read:
    del known
    found = Read()
    for number, line in enumerate(text.splitlines(), 1):
        rule = line.split("#", 1)[0].strip()
        if not rule:
            continue
        term, arrow, adds = rule.partition("=>")
        parts = [part.strip() for part in (adds if arrow else rule).split(",") if part.strip()]
        if len(parts) < 2 and not arrow:
            raise FileUnreadable(_("Line %(line)s is no rule “term => words”.") % {"line": number})
        for key in [term] if arrow else parts:
            others = [part for part in parts if term_of(part) != term_of(key)]
            found.synonyms[term_of(key)] = " ".join(others)[:200]
    return found


FORMATS: Final[Mapping[str, tuple[Callable[[str, Mapping[str, Any]], Read], str]]] = {
    "cn8-texts": (_columns("description", "commodity"), "eu_cet_and_uk_ukgt_rates_cn8_2020.csv"),
    "hts10-texts": (_hts10, "us_hts10_descriptions.csv"),
    "search-references": (_references, "search_references.json"),
    "extra-references": (_columns("Goods Description", "Commodity Code"), "extra_references.csv"),
    "intercept-messages": (_intercepts, "intercept_messages.yml"),
    "vague-terms": (_vague, "vague_terms.csv"),
    "synonyms": (_synonyms, "search_synonyms.txt"),
    "phrases": (_columns("text", "code"), "phrases.csv"),
}


def term_of(text: str) -> str:
    """Write a term the way it is compared: small letters, single spaces."""
    return " ".join(text.lower().split())[:200]


def read_file(path: Path, form: str) -> Read:
    """Read a file from disk; one past the limit is refused before a byte of it is read."""
    if path.stat().st_size > LARGEST:
        raise FileUnreadable(_("The file is larger than 50 MB."))
    return read(path.read_bytes(), form)


def read(content: bytes, form: str) -> Read:
    """Read a file of this format, or refuse it with the reason."""
    if len(content) > LARGEST:
        raise FileUnreadable(_("The file is larger than 50 MB."))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise FileUnreadable(
            _("The file is not UTF-8: byte %(place)s cannot be read.") % {"place": problem.start}
        ) from problem
    known = tree.texts()
    if not known:
        raise FileUnreadable(_("Load the HS tree first: manage.py load_goods_codes."))
    try:
        found = FORMATS[form][0](text, known)
    except csv.Error as problem:
        raise FileUnreadable(_("The file cannot be read: %(problem)s.") % {"problem": problem}) from problem
    if not (found.phrases or found.synonyms or found.intercepts):
        raise FileUnreadable(_("The file has no row that can be used."))
    return found


@transaction.atomic
def keep(found: Read, source: str) -> dict[str, int]:
    """Replace the rows of this source; returns what is added, changed and gone."""
    counts = {"added": 0, "changed": 0, "gone": 0}
    fresh: dict[type[Any], dict[str, dict[str, Any]]] = {
        GoodsPhrase: {t: {"codes": sorted(c)} for t, c in found.phrases.items()},
        Synonym: {term: {"adds": adds} for term, adds in found.synonyms.items()},
        InterceptMessage: {t: {"message": m, "codes": list(c)} for t, (m, c) in found.intercepts.items()},
    }
    for model, rows in fresh.items():
        key = "text" if model is GoodsPhrase else "term"
        held = {getattr(row, key): row for row in model.objects.filter(source=source)}
        gone = [row.pk for name, row in held.items() if name not in rows]
        model.objects.filter(pk__in=gone).delete()
        new = [model(**{key: n, "source": source}, **r) for n, r in rows.items() if n not in held]
        model.objects.bulk_create(new, batch_size=2000)
        other = []
        for name, values in rows.items():
            old = held.get(name)
            if old is not None and any(getattr(old, n) != v for n, v in values.items()):
                for column, value in values.items():
                    setattr(old, column, value)
                other.append(old)
        if other:
            model.objects.bulk_update(other, list(next(iter(rows.values()))), batch_size=2000)
        counts["added"] += len(new)
        counts["changed"] += len(other)
        counts["gone"] += len(gone)
    return counts


def files_in(folder: Path) -> list[tuple[Path, str]]:
    """Find files with the names that the publishers give them, anywhere below a folder."""
    names = {name: form for form, (_reader, name) in FORMATS.items()}
    return [(path, names[path.name]) for path in sorted(folder.rglob("*")) if path.name in names]
