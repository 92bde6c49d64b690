"""Look at an uploaded paper before it is kept: size, kind and content must agree."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from io import BytesIO
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image

from marketplace.kit.refusal import Refusal

LARGEST: Final = 5_000_000
_MOST_PIXELS: Final = 40_000_000


class FileRefused(Refusal):
    words = gettext_lazy("{filename}: {what}")
    status = 400


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that passed the checks."""

    filename: str
    media_type: str
    content: bytes
    sha256: str


def checked(filename: str, content: bytes) -> Upload:
    """Accept PDF, JPEG and PNG up to 5 MB whose content is what its name says."""
    name = re.sub(r"[^\w.()\- ]+", "_", filename.replace("\\", "/").rsplit("/", 1)[-1])[-120:] or "paper"
    if not content:
        raise FileRefused(filename=name, what=_("the file is empty. Choose it again."))
    if len(content) > LARGEST:
        raise FileRefused(
            filename=name, what=_("the file is larger than 5 MB. Make it smaller and try again.")
        )
    suffix = name.rsplit(".", 1)[-1].lower() if "." in name else ""
    media_type = _sniff(content)
    fits = {"pdf": "application/pdf", "jpg": "image/jpeg", "jpeg": "image/jpeg", "png": "image/png"}
    if media_type is None or fits.get(suffix) != media_type:
        raise FileRefused(filename=name, what=_("we take PDF, JPEG and PNG. Save the paper as one of these."))
    if media_type == "application/pdf":
        if b"%%EOF" not in content[-2048:]:
            raise FileRefused(filename=name, what=_("the PDF is cut off. Save it again and upload it."))
        if re.search(rb"/(JavaScript|Launch|EmbeddedFile)\b", content):
            raise FileRefused(
                filename=name, what=_("the PDF contains programs or files. Print it to a plain PDF.")
            )
    else:
        _look_at_picture(name, content)
    return Upload(name, media_type, content, hashlib.sha256(content).hexdigest())


def _sniff(content: bytes) -> str | None:
    if content.startswith(b"%PDF-"):
        return "application/pdf"
    if content.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    return "image/png" if content.startswith(b"\x89PNG\r\n\x1a\n") else None


def _look_at_picture(name: str, content: bytes) -> None:
    try:
        with Image.open(BytesIO(content)) as picture:
            too_large = picture.width * picture.height > _MOST_PIXELS
            if not too_large:
                picture.verify()
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise FileRefused(filename=name, what=_("the picture cannot be read. Take it again.")) from error
    if too_large:
        raise FileRefused(filename=name, what=_("the picture has more than 40 megapixels. Make it smaller."))
