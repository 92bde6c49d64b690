"""The demo world's pictures: our own renders, made into the widths that pages ask for."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from django.conf import settings
from PIL import Image

from catalog import actions
from catalog.models import Picture, Product
from marketplace.demo.people import rows

MASTERS: Final = Path(__file__).parent / "pictures"
WIDTHS: Final = (160, 320, 480, 800)


def load(products: dict[str, Product]) -> None:
    """Give each product its pictures; those already there stay."""
    fresh: list[tuple[Picture, Path]] = []
    known = set(Picture.objects.values_list("name", flat=True))
    for row in rows("pictures.csv"):
        product, name = products.get(row["product_id"]), f"demo/{Path(row['file']).stem}"
        if product is None or name in known:
            continue
        picture = Picture(
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
        fresh.append((picture, MASTERS / row["file"]))
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(lambda pair: _render(pair[0].name, pair[1]), fresh))
    Picture.objects.bulk_create([picture for picture, _ in fresh])
    for product in {picture.product for picture, _ in fresh}:
        actions.choose_cover(product=product)


def _render(name: str, master: Path) -> None:
    """Write every width as WebP and AVIF."""
    target = Path(settings.MEDIA_ROOT) / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(master) as opened:
        whole = opened.convert("RGB")
    for width in WIDTHS:
        small = whole.resize((width, round(whole.height * width / whole.width)), Image.Resampling.LANCZOS)
        small.save(f"{target}-{width}.webp", "WEBP", quality=80, method=3)
        small.save(f"{target}-{width}.avif", "AVIF", quality=60, speed=9)
