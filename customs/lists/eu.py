"""The consolidated list of the European Union (FSF), as XML with attributes."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from customs.actions.parties import Entry
from customs.lists.base import ListBroken, country_code, day_of, elements, once

_NOWHERE: Final = "00"


def read(path: Path) -> tuple[list[Entry], date | None]:
    """Read the whole file or refuse it; the day is the day the file was made."""
    entries: list[Entry] = []
    day = ""
    for node in elements(path, "export", frozenset({"sanctionEntity"})):
        if node.tag == "export":
            day = node.get("generationDate", "")[:10]
            continue
        entries.append(_entry(node))
    if not entries:
        raise ListBroken(file=path.name, what="it has no entries")
    return entries, day_of(path, "generationDate", day)


def _entry(node: Element) -> Entry:
    tags = ("nameAlias", "citizenship", "address", "birthdate", "identification")
    parts: dict[str, list[Element]] = {tag: [] for tag in tags}
    subject, programme = "", ""
    for one in node.iter():
        tag = one.tag.rpartition("}")[2]
        if tag in parts:
            parts[tag].append(one)
        elif tag == "subjectType":
            subject = f"{one.get('code', '')} {one.get('classificationCode', '')}".lower()
        elif tag == "regulation":
            programme = programme or one.get("programme", "")
    person = "person" in subject or subject.strip() in {"p", "p p"}
    strong = [one for one in parts["nameAlias"] if one.get("strong", "true") != "false"]
    names = once([" ".join(one.get("wholeName", "").split()) for one in strong or parts["nameAlias"]])
    lands = [_land(one) for one in (*parts["citizenship"], *parts["address"])]
    born = [one.get("birthdate", "") or one.get("year", "") for one in parts["birthdate"]]
    return Entry(
        entry=node.get("euReferenceNumber", "") or node.get("logicalId", ""),
        kind="person" if person else "firm",
        name=names[0] if names else "",
        aliases=names[1:],
        countries=once(lands),
        born=", ".join(once(born))[:40],
        identifiers=once([one.get("number", "").strip() for one in parts["identification"]]),
        programme=programme,
    )


def _land(node: Element) -> str:
    code = node.get("countryIso2Code", "").upper()
    return code if code and code != _NOWHERE else country_code(node.get("countryDescription", ""))
