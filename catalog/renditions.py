"""The sizes and forms in which pages show a photo."""

from __future__ import annotations

import io
from typing import IO, Final

from celery import shared_task
from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from PIL import Image, ImageOps

from catalog.actions import choose_cover
from catalog.models import Picture

FORMATS: Final = ("JPEG", "PNG", "WEBP")
WIDTHS: Final = (160, 320, 480, 640, 1000, 1600)
BROKEN: Final = (OSError, ValueError, SyntaxError, EOFError, Image.DecompressionBombError, MemoryError)


def originals() -> FileSystemStorage:
    """Keep what was sent outside the folder that the web serves, until the sizes are made."""
    return FileSystemStorage(location=settings.VAR_DIR / "originals", base_url=None)


def _upright(source: IO[bytes]) -> Image.Image:
    with Image.open(source, formats=FORMATS) as image:
        turned = ImageOps.exif_transpose(image)
        flat = turned.convert("RGBA")
    white = Image.new("RGB", flat.size, "white")
    white.paste(flat, mask=flat.getchannel("A"))
    return white


def render(picture_id: int) -> list[int]:
    """Make AVIF and WebP in every width up to the photo's own; a second run makes the same files."""
    picture = Picture.objects.get(pk=picture_id)
    if not picture.original:
        return list(picture.widths)
    try:
        with originals().open(picture.original) as source:
            image = _upright(source)
    except BROKEN:
        Picture.objects.filter(pk=picture_id).update(state=Picture.State.BROKEN)
        choose_cover(product=picture.product)
        return []
    widths = [width for width in WIDTHS if width <= image.width] or [image.width]
    for width in widths:
        smaller = image.resize(
            (width, max(1, round(image.height * width / image.width))), Image.Resampling.LANCZOS
        )
        for ending, options in (("avif", {"quality": 60, "speed": 8}), ("webp", {"quality": 80})):
            buffer = io.BytesIO()
            smaller.save(buffer, ending.upper(), **options)
            path = f"{picture.name}-{width}.{ending}"
            default_storage.delete(path)
            default_storage.save(path, ContentFile(buffer.getvalue()))
    red, green, blue = image.resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))  # type: ignore[misc]
    Picture.objects.filter(pk=picture_id).update(
        state=Picture.State.READY,
        widths=widths,
        width=image.width,
        height=image.height,
        colour=f"#{red:02x}{green:02x}{blue:02x}",
        original="",
    )
    originals().delete(picture.original)
    return widths


@shared_task(acks_late=True)
def make_renditions(*, picture_id: int) -> None:
    """Make the sizes of one photo."""
    render(picture_id)
