"""FollowTheMoney entities as JSON lines, the common form in which OpenSanctions publishes lists."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any, Final

from customs.actions.parties import Entry
from customs.lists.base import ListBroken, country_code, day_of, measured, once

KINDS: Final = {
    "Person": "person",
    "Organization": "firm",
    "Company": "firm",
    "LegalEntity": "firm",
    "PublicBody": "firm",
    "Vessel": "ship",
    "Airplane": "ship",
}
_LANDS: Final = ("country", "nationality", "jurisdiction", "citizenship", "flag")
_NUMBERS: Final = (
    *("idNumber", "passportNumber", "registrationNumber", "taxNumber", "vatCode", "innCode", "ogrnCode"),
    *("leiCode", "imoNumber"),
)


def read(path: Path) -> tuple[list[Entry], date | None]:
    """Read all lines or refuse the file; addresses, sanctions and other links are left out.

    The day is the newest `last_change` of the entities.
    """
    entries: list[Entry] = []
    newest = ""
    with measured(path).open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                given = json.loads(line)
                schema, properties = given["schema"], given["properties"]
            except (ValueError, KeyError, TypeError) as error:
                raise ListBroken(file=path.name, what=f"line {number}: {error}") from error
            if not isinstance(properties, dict) or not isinstance(given.get("id"), str):
                raise ListBroken(file=path.name, what=f"line {number}: “id” or “properties” is missing")
            if schema in KINDS:
                entries.append(_entry(given["id"], KINDS[schema], properties))
                newest = max(newest, str(given.get("last_change") or "")[:10])
    if not entries:
        raise ListBroken(file=path.name, what="it has no persons, firms or ships")
    return entries, day_of(path, "last_change", newest)


def _entry(key: str, kind: str, properties: dict[str, Any]) -> Entry:
    def values(*names: str) -> list[str]:
        return [str(one).strip() for name in names for one in properties.get(name, ())]

    names = once(values("name", "alias", "previousName"))
    born = [one[:10] for one in values("birthDate")]
    return Entry(
        entry=key[:40],
        kind=kind,
        name=names[0] if names else "",
        aliases=names[1:],
        countries=once([country_code(one) for one in values(*_LANDS)]),
        born=", ".join(once(born))[:40],
        identifiers=once(values(*_NUMBERS)),
        programme=", ".join(once(values("program", "programId")))[:120],
    )
