"""Files that speak in a dispute: taken by the provider, named by their number in the evidence."""

from __future__ import annotations

import hashlib
from typing import Final

from marketplace.sandbox.money import Refused
from marketplace.sandbox.store import Box, Thing

KINDS: Final = {b"%PDF": "pdf", b"\xff\xd8\xff": "jpg", b"\x89PNG": "png"}
FIELDS: Final = ("uncategorized_file", "shipping_documentation", "receipt", "customer_communication")
LARGEST: Final = 5_000_000


def keep(box: Box, form: Thing) -> Thing:
    """Take a PDF or a picture of at most 5 MB."""
    file = form["file"]
    name, content = file if isinstance(file, tuple) else ("", b"")
    kind = next((end for start, end in KINDS.items() if content.startswith(start)), "")
    if form["purpose"] != "dispute_evidence":
        raise Refused(f"Invalid purpose: {form['purpose']}", param="purpose")
    if not kind:
        raise Refused("The file must be a PDF, a JPEG or a PNG.", param="file")
    if len(content) > LARGEST:
        raise Refused("The file is larger than 5 MB.", param="file")
    row = box.new(
        *("file", "file"), filename=name, purpose=form["purpose"], size=len(content), type=kind, title=None,
        expires_at=None, url=None, links=None, _sha256=hashlib.sha256(content).hexdigest(),
    )  # fmt: skip
    return box.save({**row, "url": f"https://files.stripe.com/v1/files/{row['id']}/contents"})


def check(box: Box, evidence: Thing) -> None:
    """Refuse evidence that names a file which was never taken."""
    for name in FIELDS:
        if name in evidence and box.get(str(evidence[name]), "file") is None:
            raise Refused(f"No such file upload: '{evidence[name]}'", code="resource_missing", param=name)
