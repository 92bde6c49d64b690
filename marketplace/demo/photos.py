"""The demo world's pictures: our own renders, made into the widths that pages ask for."""

from __future__ import annotations

from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Final

from django.conf import settings
from PIL import Image

from catalog import actions
from catalog.models import Picture, Product
from marketplace.demo.people import rows

MASTERS: Final = Path(__file__).parent / "pictures"
WIDTHS: Final = (160, 320, 480, 800)


def load(products: dict[str, Product], pool: Executor) -> list[Future[None]]:
    """Give each product its pictures; the pool draws those that are not there while the world goes on."""
    fresh, drawing = [], []
    known = set(Picture.objects.values_list("name", flat=True))
    for row in rows("pictures.csv"):
        product, name = products.get(row["product_id"]), f"demo/{Path(row['file']).stem}"
        if product is None:
            continue
        if not (Path(settings.MEDIA_ROOT) / f"{name}-{WIDTHS[-1]}.avif").exists():
            drawing.append(pool.submit(_render, name, MASTERS / row["file"]))
        if name not in known:
            fresh.append(_picture(product, name, row))
    Picture.objects.bulk_create(fresh)
    for product in {picture.product for picture in fresh}:
        actions.choose_cover(product=product)
    return drawing


def _picture(product: Product, name: str, row: dict[str, str]) -> Picture:
    return Picture(
        product=product,
        name=name,
        file_name=row["file"],
        alt=row["alt"],
        position=int(row["view"]),
        state=Picture.State.READY,
        width=int(row["width"]),
        height=int(row["height"]),
        widths=list(WIDTHS),
        colour="#eef0ee",
    )


def _render(name: str, master: Path) -> None:
    """Write every width as WebP and AVIF; the largest one is the last."""
    target = Path(settings.MEDIA_ROOT) / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(master) as opened:
        whole = opened.convert("RGB")
    for width in WIDTHS:
        small = whole.resize((width, round(whole.height * width / whole.width)), Image.Resampling.LANCZOS)
        small.save(f"{target}-{width}.webp", "WEBP", quality=80, method=3)
        small.save(f"{target}-{width}.avif", "AVIF", quality=60, speed=9)
