"""Tariff versions: propose a file, let a second person activate it, take it back."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Final

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from customs import stored
from customs.models import Confidence, Measure, TariffVersion, VersionState
from customs.tariffs import readers
from marketplace.accounts.models import User
from marketplace.kit.refusal import Refusal

SHOWN: Final = 50


class SamePerson(Refusal):
    """The person who proposed a version may not activate it."""

    words = _("Another person must activate this version: you proposed it.")


class NotWaiting(Refusal):
    """The version is not in the state that the act needs."""

    words = _("This version is not in the right state for that.")


def difference(destination: str, rows: list[readers.TariffRow]) -> dict[str, object]:
    """What a file would change against the versions in force."""
    kinds = {row.kind for row in rows}
    now = {
        (code, kind, area): text
        for code, kind, area, text in Measure.objects.filter(
            version__state=VersionState.ACTIVE, destination=destination, kind__in=kinds
        ).values_list("code", "kind", "origin_area", "expression")
    }
    new = {(row.code, row.kind, row.origin_area): row.expression for row in rows}
    changed = [key for key in new if key in now and now[key] != new[key]]
    return {
        "added": len(new.keys() - now.keys()),
        "changed": len(changed),
        "gone": len(now.keys() - new.keys()),
        "examples": [[*key, now[key], new[key]] for key in changed[:SHOWN]],
        "not_expressible": readers.unreadable(rows),
    }


@transaction.atomic
def propose(
    *, destination: str, name: str, raw: bytes, label: str, source: str, by: User, at: datetime
) -> TariffVersion:
    """Read a whole file into a version that waits for a second person."""
    rows = readers.read(name, raw)
    version = TariffVersion.objects.create(
        destination=destination, label=label, format=name, source=source, proposed_by=by, proposed_at=at,
        content_hash=hashlib.sha256(raw).hexdigest(), scope=sorted({row.kind for row in rows}),
        summary=difference(destination, rows),
    )  # fmt: skip
    Measure.objects.bulk_create(
        (
            Measure(
                version=version, destination=destination, code=row.code, code_system=name, kind=row.kind,
                origin_area=row.origin_area, expression=row.expression[:250], source=source,
                retrieved_on=at.date(), valid_from=row.valid_from, valid_to=row.valid_to,
                confidence=Confidence.READ,
            )
            for row in rows
        ),
        batch_size=2000,
    )  # fmt: skip
    return version


@transaction.atomic
def activate(*, version_id: int, by: User, at: datetime) -> TariffVersion:
    """Put a proposed version in force; its proposer may not do it."""
    version = TariffVersion.objects.select_for_update().get(pk=version_id)
    if version.state != VersionState.PROPOSED:
        raise NotWaiting
    if version.proposed_by_id == by.pk:
        raise SamePerson
    before = (
        TariffVersion.objects.select_for_update()
        .filter(destination=version.destination, scope=version.scope, state=VersionState.ACTIVE)
        .first()
    )
    if before is not None:
        before.move_to(VersionState.RETIRED)
        before.save(update_fields=["state"])
    version.move_to(VersionState.ACTIVE)
    version.activated_by, version.activated_at, version.replaces = by, at, before
    version.save(update_fields=["state", "activated_by", "activated_at", "replaces"])
    transaction.on_commit(stored.forget)
    return version


@transaction.atomic
def roll_back(*, version_id: int) -> TariffVersion | None:
    """Take an active version back; the one that it replaced is in force again."""
    version = TariffVersion.objects.select_for_update().get(pk=version_id)
    if version.state != VersionState.ACTIVE or version.format == "starter":
        raise NotWaiting
    version.move_to(VersionState.RETIRED)
    version.save(update_fields=["state"])
    before = version.replaces
    if before is not None:
        before.move_to(VersionState.ACTIVE)
        before.save(update_fields=["state"])
    transaction.on_commit(stored.forget)
    return before
