"""Tariff versions: propose a file, let a second person activate it, take it back by two people."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import BinaryIO, Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customs import stored
from customs.events import TariffActivated, TariffProposed
from customs.models import (
    Area,
    AreaMember,
    Confidence,
    Measure,
    MeasureCondition,
    SignatureAct,
    TariffVersion,
    VersionSignature,
    VersionState,
)
from customs.tariffs import checks, readers
from customs.tariffs.base import Areas, TariffRow
from marketplace.accounts.models import User
from marketplace.events.bus import publish
from marketplace.kit.refusal import Refusal

SHOWN: Final = 50
# For how long a version can be taken back.
BACK_FOR: Final = timedelta(days=30)
CHUNK: Final = 1 << 20
Key = tuple[str, str, str, str, str]


class SamePerson(Refusal):
    """The person who proposed a version may not activate it."""

    words = _("Another person must activate this version: you proposed it.")


class SameAsker(Refusal):
    """The person who asked to take a version back may not agree to it."""

    words = _("Another person must agree to take this version back: you asked for it.")


class NotWaiting(Refusal):
    """The version is not in the state that the act needs."""

    words = _("This version is not in the right state for that.")


class TooLate(Refusal):
    """The days in which a version can be taken back are over."""

    words = _("A version can be taken back for 30 days. Load the older tariff as a new version.")


class NoReason(Refusal):
    """An act on a version is kept with its reason."""

    words = _("Write why, in ten characters or more. It is kept with the version.")


@dataclass(frozen=True, slots=True)
class Change:
    """One row of a difference; `old` is None where it was added, `new` where it is gone."""

    code: str
    kind: str
    origin_area: str
    order_number: str
    additional_code: str
    old: str | None
    new: str | None


def in_force(destination: str, scope: Sequence[str], *, beside: int | None = None) -> dict[Key, str]:
    """The rates in force of some kinds, by what they are about: those of the newest version of each kind."""
    versions = TariffVersion.objects.filter(state=VersionState.ACTIVE).exclude(pk=beside or 0).order_by("pk")
    newest = {
        kind: version.pk
        for version in versions.filter(destination=destination)
        for kind in version.scope
        if kind in scope
    }
    rows = Measure.objects.filter(
        version__state=VersionState.ACTIVE, destination=destination, kind__in=scope
    ).exclude(version_id=beside or 0)
    fields = ("version_id", "code", "kind", "origin_area", "order_number", "additional_code", "expression")
    return {
        (code, kind, area, order, extra): text
        for version, code, kind, area, order, extra, text in rows.order_by("pk").values_list(*fields)
        if newest.get(kind, version) == version
    }


def rows_of(version: TariffVersion) -> dict[Key, str]:
    """The rates of one version, by what they are about."""
    fields = ("code", "kind", "origin_area", "order_number", "additional_code", "expression")
    return {
        (code, kind, area, order, extra): text
        for code, kind, area, order, extra, text in version.measures.order_by("pk").values_list(*fields)
    }


def changes(version: TariffVersion, what: str) -> list[Change]:
    """The rows `added`, `changed` or `gone`; a version in force is compared to the one before it."""
    if version.state == VersionState.PROPOSED:
        old = in_force(version.destination, version.scope)
    elif version.replaces is not None:
        old = {key: text for key, text in rows_of(version.replaces).items() if key[1] in version.scope}
    else:
        old = in_force(version.destination, version.scope, beside=version.pk)
    return list(_changes(old, rows_of(version), what))


def _changes(old: dict[Key, str], new: dict[Key, str], what: str) -> Iterator[Change]:
    if what == "added":
        keys = new.keys() - old.keys()
    elif what == "gone":
        keys = old.keys() - new.keys()
    else:
        keys = {key for key in new.keys() & old.keys() if new[key] != old[key]}
    for key in sorted(keys):
        yield Change(*key, old.get(key), new.get(key))


def propose(
    *,
    destination: str,
    name: str,
    raw: bytes | BinaryIO,
    label: str,
    source: str,
    by: User,
    at: datetime,
    starts_on: date | None = None,
    size: int | None = None,
    progress: readers.Progress | None = None,
) -> TariffVersion:
    """Read a whole file into a version that waits for a second person; a BadFile keeps nothing."""
    areas = Areas()
    rows = readers.read(name, raw, size=size, areas=areas, progress=progress)
    with transaction.atomic():
        version = _kept(rows, TariffVersion(
            destination=destination, label=label, format=name, source=source, proposed_by=by, proposed_at=at,
            content_hash=_hash(raw), starts_on=starts_on,
        ))  # fmt: skip
        _store_areas(areas, source)
        _store_rows(version, rows, source, at.date())
        publish(TariffProposed(subject=str(version.pk)))
    return version


def _kept(rows: Sequence[TariffRow], version: TariffVersion) -> TariffVersion:
    """Save a version with what it changes and what is doubtful about it."""
    destination = version.destination
    scope = sorted({row.kind for row in rows})
    now = in_force(destination, scope)
    doubts = checks.examine(rows, now)
    new: dict[Key, str] = {row.subject: row.expression for row in rows}
    counts = {what: list(_changes(now, new, what)) for what in ("added", "changed", "gone")}
    version.scope = scope
    version.summary = {
        **{what: len(found) for what, found in counts.items()},
        "same": len(new) - len(counts["added"]) - len(counts["changed"]),
        "rows": len(rows),
        "examples": [[c.code, c.kind, c.origin_area, c.old, c.new] for c in counts["changed"][:SHOWN]],
        **doubts,
    }
    version.save()
    return version


def _hash(raw: bytes | BinaryIO) -> str:
    found = hashlib.sha256()
    if isinstance(raw, bytes):
        found.update(raw)
    else:
        raw.seek(0)
        while part := raw.read(CHUNK):
            found.update(part)
    return found.hexdigest()


def _store_areas(areas: Areas, source: str) -> None:
    """Groups of countries that a file brings; a group that is known keeps its members."""
    for code, (label, members) in areas.members.items():
        area, made = Area.objects.get_or_create(code=code, defaults={"label": label[:120], "group": True})
        if made:
            AreaMember.objects.bulk_create(
                AreaMember(area=area, country=country, source=source, confidence=Confidence.READ)
                for country in dict.fromkeys(members)
                if len(country) == 2
            )


def _store_rows(version: TariffVersion, rows: Sequence[TariffRow], source: str, read_on: date) -> None:
    made = Measure.objects.bulk_create(
        (
            Measure(
                version=version, destination=version.destination, code=row.code,
                code_system=version.format[:10],
                kind=row.kind, origin_area=row.origin_area, excluded_areas=list(row.excluded),
                expression=row.expression[:250], source=source, retrieved_on=read_on,
                valid_from=row.valid_from, valid_to=row.valid_to, confidence=Confidence.READ,
                order_number=row.order_number,
                additional_code=row.additional_code, season_from=row.season_from, season_to=row.season_to,
                legal_ref=row.legal_ref[:300], notes=row.notes, base=list(row.base), inside=row.inside,
            )
            for row in rows
        ),
        batch_size=2000,
    )  # fmt: skip
    MeasureCondition.objects.bulk_create(
        MeasureCondition(measure=measure, sequence=place, document_code=paper[:40])
        for measure, row in zip(made, rows, strict=True)
        for place, paper in enumerate(row.papers, 1)
    )


def _sign(version: TariffVersion, act: SignatureAct, by: User, note: str, at: datetime) -> None:
    if len(note.strip()) < 10:
        raise NoReason
    VersionSignature.objects.create(version=version, act=act, person=by, note=note.strip()[:2000], at=at)


@transaction.atomic
def recommend(*, version_id: int, by: User, note: str, at: datetime) -> None:
    """Note what the proposer checked, for the person who decides."""
    version = TariffVersion.objects.select_for_update().get(pk=version_id)
    if version.state != VersionState.PROPOSED:
        raise NotWaiting
    _sign(version, SignatureAct.RECOMMEND, by, note, at)


@transaction.atomic
def activate(
    *, version_id: int, by: User, at: datetime, note: str = "Checked against the source.", now: bool = False
) -> TariffVersion:
    """Put a proposed version in force, on its legal day or now; its proposer may not do it."""
    version = TariffVersion.objects.select_for_update().get(pk=version_id)
    if version.state != VersionState.PROPOSED:
        raise NotWaiting
    if version.proposed_by_id == by.pk:
        raise SamePerson
    _sign(version, SignatureAct.ACTIVATE, by, note, at)
    if now:
        version.starts_on = None
    before = (
        TariffVersion.objects.select_for_update()
        .filter(destination=version.destination, scope=version.scope, state=VersionState.ACTIVE)
        .order_by("-pk")
        .first()
    )
    if before is not None and version.starts_on is None:
        # With a legal day the version before it goes on speaking for the days before that day.
        before.move_to(VersionState.RETIRED)
        before.save(update_fields=["state"])
    version.move_to(VersionState.ACTIVE)
    version.activated_by, version.activated_at, version.replaces = by, at, before
    version.save(update_fields=["state", "activated_by", "activated_at", "replaces", "starts_on"])
    publish(TariffActivated(subject=str(version.pk)))
    transaction.on_commit(stored.forget)
    return version


@transaction.atomic
def send_back(*, version_id: int, by: User, note: str, at: datetime) -> TariffVersion:
    """Refuse a proposed version; its rows stay to be looked at and are never used."""
    version = TariffVersion.objects.select_for_update().get(pk=version_id)
    if version.state != VersionState.PROPOSED:
        raise NotWaiting
    _sign(version, SignatureAct.SEND_BACK, by, note, at)
    version.move_to(VersionState.REJECTED)
    version.save(update_fields=["state"])
    return version


@transaction.atomic
def ask_back(*, version_id: int, by: User, note: str, at: datetime) -> None:
    """Ask to take a version back; another person has to agree."""
    version = TariffVersion.objects.select_for_update().get(pk=version_id)
    if version.state != VersionState.ACTIVE or version.format == "starter":
        raise NotWaiting
    if version.activated_at is not None and at - version.activated_at > BACK_FOR:
        raise TooLate
    _sign(version, SignatureAct.ASK_BACK, by, note, at)


@transaction.atomic
def take_back(*, version_id: int, by: User, note: str, at: datetime) -> TariffVersion | None:
    """Agree to take a version back; the one that it replaced is in force again."""
    version = TariffVersion.objects.select_for_update().get(pk=version_id)
    asked = version.signatures.filter(act=SignatureAct.ASK_BACK).last()
    if version.state != VersionState.ACTIVE or asked is None:
        raise NotWaiting
    if asked.person_id == by.pk:
        raise SameAsker
    _sign(version, SignatureAct.TAKE_BACK, by, note, at)
    return _retire(version)


def _retire(version: TariffVersion) -> TariffVersion | None:
    version.move_to(VersionState.RETIRED)
    version.save(update_fields=["state"])
    before = version.replaces
    if before is not None and before.state == VersionState.RETIRED:
        before.move_to(VersionState.ACTIVE)
        before.save(update_fields=["state"])
    publish(TariffActivated(subject=str(version.pk)))
    transaction.on_commit(stored.forget)
    return before
