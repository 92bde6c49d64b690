"""Editions of the searched texts: the database says which is current, the folder holds its index."""

from __future__ import annotations

import fcntl
import shutil
from datetime import datetime
from hashlib import md5
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Final

from django.conf import settings
from django.db import transaction

from customs.codes import tree
from customs.models import ConfirmedCode, GoodsPhrase, SearchEdition, Synonym

if TYPE_CHECKING:
    from customs.codes.index import Index, Phrase

KEPT: Final = 2
FORM: Final = "2"  # the layout of the index files; raise it with customs/codes/index.py
_lock = Lock()
_open: dict[str, tuple[Index, dict[str, str]]] = {}


def folder() -> Path:
    """Where the index files of this machine stand; they can be thrown away at any time."""
    return Path(settings.VAR_DIR) / "goods-index"


@transaction.atomic
def publish(at: datetime) -> SearchEdition:
    """Make the texts as they stand the current edition; nothing happens when they are the same."""
    digest = md5(FORM.encode(), usedforsecurity=False)
    count = 0
    for text, codes, source in GoodsPhrase.objects.values_list("text", "codes", "source").iterator():
        digest.update(f"{source}\t{text}\t{codes}\n".encode())
        count += 1
    for code, (text, _parent) in sorted(tree.texts().items()):
        digest.update(f"{code} {text}\n".encode())
    for term, adds in Synonym.objects.values_list("term", "adds"):
        digest.update(f"{term} {adds}\n".encode())
    newest = SearchEdition.objects.first()
    if newest is not None and newest.digest == digest.hexdigest():
        return newest
    return SearchEdition.objects.create(digest=digest.hexdigest(), phrases=count, made_at=at)


def current() -> tuple[Index, dict[str, str]] | None:
    """Open the current index and the synonyms; builds the files where this machine has none yet."""
    digest = SearchEdition.objects.values_list("digest", flat=True).first()
    if digest is None:
        return None
    held = _open.get(digest)
    if held is None:
        with _lock:
            held = _open.get(digest) or (_index(digest), dict(Synonym.objects.values_list("term", "adds")))
            _open.clear()
            _open[digest] = held
    return held


def digest() -> str:
    """Name the edition that this process has open."""
    return next(iter(_open), "")


def _index(digest: str) -> Index:
    from customs.codes import index  # numpy enters a process with its first search only

    home = folder()
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        place = home / digest
        if not place.exists():
            half = home / f"{digest}.half"
            shutil.rmtree(half, ignore_errors=True)
            index.build(half, *_material())
            half.rename(place)
            older = sorted(home.glob("?" * 32), key=lambda found: found.stat().st_mtime)
            for old in older[:-KEPT]:
                shutil.rmtree(old, ignore_errors=True)
        return index.read(place)


def _material() -> tuple[dict[str, str], list[tuple[int, Phrase]]]:
    from customs.codes import index

    known = tree.texts()
    titles = {code: f"{known[code[:4]][0]} {known[code[:2]][0]}" for code in known if len(code) == 6}
    own = [(0, index.Phrase(known[code][0], (code,), tree.SYSTEM)) for code in titles]
    rows = [
        (pk, index.Phrase(text, kept, source))
        for pk, text, codes, source in GoodsPhrase.objects.values_list("pk", "text", "codes", "source")
        if (kept := tuple(code for code in codes if code in titles))
    ]
    return titles, own + rows


def learned(text: str) -> list[tuple[str, float]]:
    """Six-digit codes that people confirmed for texts like this one, with the likeness (0 to 1)."""
    from django.contrib.postgres.search import TrigramSimilarity

    near = (
        ConfirmedCode.objects.filter(description__trigram_similar=text, is_withdrawn=False)
        .annotate(likeness=TrigramSimilarity("description", text))
        .order_by("-likeness")
        .values_list("hs6", "likeness")[:20]
    )
    best: dict[str, float] = {}
    for code, likeness in near:
        best.setdefault(code, float(likeness))
    return list(best.items())
