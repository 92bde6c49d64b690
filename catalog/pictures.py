"""Photos: checked before they are decoded, stripped of metadata, made in the sizes that pages need."""

from __future__ import annotations

import secrets
import warnings
from pathlib import Path
from typing import IO, Final

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from PIL import Image, UnidentifiedImageError

from catalog.actions import choose_cover
from catalog.models import Picture, Product
from catalog.renditions import BROKEN, FORMATS, make_renditions, originals
from marketplace.kit.refusal import Refusal

MOST_PIXELS: Final = 40_000_000
MOST_BYTES: Final = 20_000_000
MOST_PICTURES: Final = 12


class PictureRefused(Refusal):
    words = "{reason}"
    status = 422


class TooManyPictures(Refusal):
    words = _("A listing has room for 12 photos. Remove one first.")


REASONS: Final = {
    "format": _("Only JPEG, PNG and WebP photos work here."),
    "bytes": _("This photo is larger than 20 MB. Send a smaller one."),
    "pixels": _("This photo has more than 40 million points. Send a smaller one."),
    "broken": _("This photo cannot be read. Send it again or take another."),
}


def check(content: IO[bytes], size: int) -> tuple[int, int]:
    """Read only the head of a photo; refuse what is no photo or too large, else give its size."""
    if size > MOST_BYTES:
        raise PictureRefused(reason=REASONS["bytes"])
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(content, formats=FORMATS) as image:
                width, height = image.size
    except UnidentifiedImageError:
        raise PictureRefused(reason=REASONS["format"]) from None
    except Image.DecompressionBombError:
        raise PictureRefused(reason=REASONS["pixels"]) from None
    except BROKEN:
        raise PictureRefused(reason=REASONS["broken"]) from None
    finally:
        content.seek(0)
    if width * height > MOST_PIXELS:
        raise PictureRefused(reason=REASONS["pixels"])
    return width, height


@transaction.atomic
def add(*, product: Product, content: IO[bytes], size: int, file_name: str, alt: str = "") -> Picture:
    """Keep a photo of a product under a random name; its sizes are made in the background."""
    width, height = check(content, size)
    Product.objects.select_for_update(of=("self",)).get(pk=product.pk)
    if product.pictures.count() >= MOST_PICTURES:
        raise TooManyPictures
    name = secrets.token_hex(16)
    original = originals().save(f"{name}.bin", ContentFile(content.read()))
    last = product.pictures.order_by("-position").values_list("position", flat=True).first()
    picture = Picture.objects.create(
        product=product,
        name=f"p/{name}",
        file_name=Path(file_name.replace("\\", "/")).name[-120:],
        alt=alt[:200],
        position=0 if last is None else last + 1,
        original=original,
        width=width,
        height=height,
    )
    choose_cover(product=product)
    transaction.on_commit(lambda: make_renditions.delay(picture_id=picture.pk))
    return picture


@transaction.atomic
def remove(*, picture: Picture) -> None:
    """Take a photo out of a listing, with its files."""
    product = picture.product
    paths = [f"{picture.name}-{width}.{ending}" for width in picture.widths for ending in ("avif", "webp")]
    picture.delete()
    choose_cover(product=product)

    def without_files() -> None:
        for path in paths:
            default_storage.delete(path)

    transaction.on_commit(without_files)


@transaction.atomic
def put_first(*, picture: Picture) -> None:
    """Make a photo the main one."""
    rest = picture.product.pictures.exclude(pk=picture.pk).order_by("position", "pk")
    for position, other in enumerate([picture, *rest]):
        Picture.objects.filter(pk=other.pk).update(position=position)
    choose_cover(product=picture.product)


def describe(*, picture: Picture, alt: str) -> None:
    """Say what a photo shows, for people who do not see it."""
    Picture.objects.filter(pk=picture.pk).update(alt=alt.strip()[:200])
