"""Uploaded tariff files: kept, then read by a worker a part at a time, with progress and faults."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, BinaryIO, Final, cast

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from customs.models import FileState, TariffFile
from customs.tariffs import base, readers, versions
from customs.tariffs.base import Fault
from marketplace.accounts.models import User
from marketplace.kit.refusal import Refusal

FAULTS_KEPT: Final = 100


class FileTooLarge(Refusal):
    """The file is larger than the largest that is read."""

    words = _("This file is too large. The most is 64 MB: send the tariff in parts.")


class UnknownFormat(Refusal):
    """The format is none of those that we read."""

    words = _("Choose one of the listed formats.")


class NoFacts(Refusal):
    """A version needs to say what it is and where it comes from."""

    words = _("Write the country, a name and the source of the file.")


@transaction.atomic
def upload(
    *,
    destination: str,
    name: str,
    label: str,
    source: str,
    file: UploadedFile[Any],
    by: User,
    at: datetime,
    starts_on: date | None = None,
) -> TariffFile:
    """Keep a file to be read by a worker; nothing of the tariff changes."""
    if (file.size or 0) > base.MAX_BYTES:
        raise FileTooLarge
    if name not in readers.FORMATS:
        raise UnknownFormat
    destination = destination.strip().upper()
    if not 2 <= len(destination) <= 4 or not label.strip() or not source.strip():
        raise NoFacts
    return TariffFile.objects.create(
        destination=destination, format=name, label=label.strip()[:160], source=source.strip()[:400],
        starts_on=starts_on, file=file, filename=(file.name or "tariff")[-160:], size=file.size or 0,
        uploaded_by=by, uploaded_at=at,
    )  # fmt: skip


def read(*, file_id: int, at: datetime) -> TariffFile:
    """Read an uploaded file into a version that waits; on a fault keep the faults and nothing else."""
    with transaction.atomic():
        file = TariffFile.objects.select_for_update().get(pk=file_id)
        if file.state != FileState.WAITING:
            return file
        file.state = FileState.READING
        file.save(update_fields=["state"])

    def progress(rows: int, share: int) -> None:
        TariffFile.objects.filter(pk=file_id).update(rows_read=rows, share_read=share)

    try:
        with file.file.open("rb") as raw:
            version = versions.propose(
                destination=file.destination, name=file.format, raw=cast("BinaryIO", raw), label=file.label,
                source=file.source, by=file.uploaded_by, at=at, starts_on=file.starts_on, size=file.size,
                progress=progress,
            )  # fmt: skip
    except readers.BadFile as problem:
        return _refused(file, list(problem.faults))
    except OSError:
        return _refused(file, [Fault(0, "file", "the file is not there any more: upload it again")])
    file.version, file.state = version, FileState.READY
    file.rows_read, file.share_read = version.summary["rows"], 100
    file.save(update_fields=["version", "state", "rows_read", "share_read"])
    return file


def _refused(file: TariffFile, faults: list[Fault]) -> TariffFile:
    file.state = FileState.REFUSED
    file.faults = [{"row": f.row, "column": f.column, "words": f.words} for f in faults[:FAULTS_KEPT]]
    file.save(update_fields=["state", "faults"])
    return file
