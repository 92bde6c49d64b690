"""The lists of the US Treasury (OFAC) as `sdn_advanced.xml`: reference values, places, papers, parties."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Final
from xml.etree.ElementTree import Element

from customs.actions.parties import Entry
from customs.lists.base import ListBroken, country_code, elements, once

_ORDER: Final = ("First Name", "Middle Name", "Patronymic", "Matronymic", "Last Name", "Maiden Name")
_COUNTRY_FEATURES: Final = frozenset(
    {"Nationality Country", "Citizenship Country", "Nationality of Registration"}
)
_WANTED: Final = frozenset(
    [
        *("DateOfIssue", "Country", "AreaCode", "FeatureType", "NamePartType", "PartyType", "PartySubType"),
        *("Location", "IDRegDocument", "DistinctParty", "SanctionsEntry"),
    ]
)


@dataclass(slots=True)
class _Known:
    """What the file has told so far; parties refer to it by number."""

    countries: dict[str, str] = field(default_factory=dict)
    areas: dict[str, str] = field(default_factory=dict)
    words: dict[tuple[str, str], str] = field(default_factory=dict)
    subtypes: dict[str, tuple[str, str]] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    papers: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    parties: dict[str, Entry] = field(default_factory=dict)
    programmes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    issued: date | None = None


def read(path: Path) -> tuple[list[Entry], date | None]:
    """Read the whole file or refuse it; the day is the day of issue."""
    known = _Known()
    for node in elements(path, "Sanctions", _WANTED):
        _take(node, known)
    if not known.parties:
        raise ListBroken(file=path.name, what="it has no parties")
    entries = []
    for profile, entry in known.parties.items():
        programme = ", ".join(once(known.programmes.get(profile, [])))
        entries.append(replace(entry, programme=programme))
    return entries, known.issued


def _take(node: Element, known: _Known) -> None:
    """Remember what this element tells; reference values come in no fixed order, so numbers are kept."""
    key, words = node.get("ID", ""), " ".join((node.text or "").split())
    match node.tag:
        case "DateOfIssue":
            known.issued = known.issued or _day(node)
        case "Country":
            known.countries[key] = node.get("ISO2", "") or country_code(words)
        case "AreaCode":
            known.areas[key] = node.get("CountryID", "")
        case "PartySubType":
            known.subtypes[key] = (node.get("PartyTypeID", ""), words)
        case "FeatureType" | "NamePartType" | "PartyType":
            known.words[key, node.tag] = words
        case "Location" | "IDRegDocument" | "DistinctParty" | "SanctionsEntry":
            _TAKERS[node.tag](node, known)


def _take_place(node: Element, known: _Known) -> None:
    lands = [known.areas.get(one.get("AreaCodeID", ""), "") for one in _all(node, "LocationAreaCode")]
    lands += [one.get("CountryID", "") for one in _all(node, "LocationCountry")]
    codes = (known.countries.get(land, "") for land in lands)
    known.places[node.get("ID", "")] = next(filter(None, codes), "")


def _take_paper(node: Element, known: _Known) -> None:
    number = next((one.text or "" for one in _all(node, "IDRegistrationNo")), "")
    known.papers[node.get("IdentityID", "")].append(" ".join(number.split()))


def _take_parties(node: Element, known: _Known) -> None:
    for profile in _all(node, "Profile"):
        known.parties[profile.get("ID", "")] = _party(node, profile, known)


def _take_measures(node: Element, known: _Known) -> None:
    comments = [text for one in _all(node, "SanctionsMeasure") for text in _texts(one, "Comment")]
    known.programmes[node.get("ProfileID", "")] += comments


_TAKERS: Final = {
    "Location": _take_place,
    "IDRegDocument": _take_paper,
    "DistinctParty": _take_parties,
    "SanctionsEntry": _take_measures,
}


def _party(node: Element, profile: Element, known: _Known) -> Entry:
    type_id, words = known.subtypes.get(profile.get("PartySubTypeID", ""), ("", ""))
    subtype = f"{known.words.get((type_id, 'PartyType'), '')} {words}".lower()
    kind = "person" if "individual" in subtype else "ship" if _moves(subtype) else "firm"
    names: list[str] = []
    aliases: list[str] = []
    papers: list[str] = []
    for identity in _all(profile, "Identity"):
        groups = {
            group.get("ID", ""): known.words.get((group.get("NamePartTypeID", ""), "NamePartType"), "")
            for group in _all(identity, "NamePartGroup")
        }
        for alias in _all(identity, "Alias"):
            if alias.get("LowQuality") == "true":
                continue
            spoken = [_name(one, groups) for one in _all(alias, "DocumentedName")]
            (names if alias.get("Primary") == "true" else aliases).extend(spoken)
        papers += known.papers.get(identity.get("ID", ""), [])
    countries, born = _features(profile, known)
    every = once([*names, *aliases])
    return Entry(
        entry=node.get("FixedRef", "") or profile.get("ID", ""),
        kind=kind,
        name=every[0] if every else "",
        aliases=every[1:],
        countries=once(countries),
        born=", ".join(once(born))[:40],
        identifiers=once(papers),
    )


def _features(profile: Element, known: _Known) -> tuple[list[str], list[str]]:
    countries: list[str] = []
    born: list[str] = []
    for feature in _all(profile, "Feature"):
        what = known.words.get((feature.get("FeatureTypeID", ""), "FeatureType"), "")
        places = [known.places.get(one.get("LocationID", ""), "") for one in _all(feature, "VersionLocation")]
        if what in _COUNTRY_FEATURES or what == "Location":
            countries += places
        if what == "Birthdate":
            starts = [one for period in _all(feature, "DatePeriod") for one in _all(period, "From")]
            born += [str(day.year) for one in starts if (day := _day(one)) is not None]
    return countries, born


def _moves(subtype: str) -> bool:
    return any(word in subtype for word in ("vessel", "aircraft", "transport"))


def _name(node: Element, groups: dict[str, str]) -> str:
    parts = []
    for value in _all(node, "NamePartValue"):
        part = groups.get(value.get("NamePartGroupID", ""), "")
        place = _ORDER.index(part) if part in _ORDER else len(_ORDER)
        parts.append((place, " ".join((value.text or "").split())))
    return " ".join(words for _place, words in sorted(parts, key=lambda one: one[0]) if words)


def _day(node: Element) -> date | None:
    year, month, day = (
        next((one.text or "" for one in _all(node, tag)), "") for tag in ("Year", "Month", "Day")
    )
    return date(int(year), int(month or 1), int(day or 1)) if year.isdigit() else None


def _texts(node: Element, tag: str) -> list[str]:
    return [" ".join((one.text or "").split()) for one in _all(node, tag)]


def _all(node: Element, tag: str) -> list[Element]:
    """Find elements below by their name without its namespace."""
    return [one for one in node.iter() if one.tag.rpartition("}")[2] == tag]
