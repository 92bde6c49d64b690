"""Number papers without gaps and store them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from marketplace.accounts.models import Company
from marketplace.documents.models import Document
from marketplace.kit.refusal import Refusal

LARGEST = 25_000_000


class DocumentTooLarge(Refusal):
    words = _("This file is larger than 25 MB. Send a smaller one.")
    status = 413


def next_number(series: str, *, year: int | None = None) -> str:
    """Give the next number of a series; a transaction that fails gives its number back."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("next_number belongs inside the action's transaction")
    year = year or timezone.now().year
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO documents_numberseries (series, year, last) VALUES (%s, %s, 1)"
            " ON CONFLICT (series, year) DO UPDATE SET last = documents_numberseries.last + 1 RETURNING last",
            [series, year],
        )
        (last,) = cursor.fetchone()
    return f"{series}-{year}-{last:06d}"


@transaction.atomic
def store(
    kind: str,
    subject: str,
    filename: str,
    content: bytes,
    media_type: str,
    visible_to: Iterable[Company] = (),
) -> Document:
    """Keep a paper for these companies; the same content again returns the version that is there."""
    if len(content) > LARGEST:
        raise DocumentTooLarge
    digest = hashlib.sha256(content).hexdigest()
    # One writer at a time for a subject, so that versions stay in order.
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext(%s))", [f"document:{subject}:{kind}"])
    earlier = Document.objects.filter(subject=subject, kind=kind)
    newest = earlier.order_by("-version").first()
    if newest is not None and newest.sha256 == digest:
        newest.companies.add(*visible_to)
        return newest
    version = (earlier.aggregate(top=Max("version"))["top"] or 0) + 1
    document = Document(
        number=next_number("DOC"),
        kind=kind,
        subject=subject,
        version=version,
        filename=PurePath(filename.replace("\\", "/")).name[:120] or "paper",
        media_type=media_type,
        size=len(content),
        sha256=digest,
    )
    document.file.save(f"{secrets.token_hex(16)}.bin", ContentFile(content), save=False)
    document.save()
    document.companies.add(*visible_to)
    return document
