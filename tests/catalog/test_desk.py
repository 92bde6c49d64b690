"""The seller's desk and the trust desk over HTTP, with bad input."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from catalog import actions, pictures
from catalog.models import Picture, Product, ProductState, Variant
from catalog.renditions import originals, render
from tests.catalog import world
from tests.catalog.world import NOON

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files_here(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def seller():
    return world.company()


@pytest.fixture
def desk(client, seller):
    client.force_login(world.person(seller, role="catalogue"))
    return client


def jpeg(width: int = 800, height: int = 600, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "#a35020").save(buffer, "JPEG", **options)
    return buffer.getvalue()


def photo(content: bytes, name: str = "basket.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


def huge_png(width: int, height: int) -> bytes:
    """Build a PNG whose head promises many points and whose body is tiny."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


LISTING = {
    "title": "Sisal basket",
    "description": "Round basket, woven by hand from sisal.",
    "category": "",
    "materials": "sisal",
    "origin": "KE",
    "customs_description": "Basket woven by hand from sisal fibre, for the market",
    "hs_code": "4602.19",
}
OPTION = {
    "price_amount": "2450",
    "minimum_quantity": "6",
    "net_weight_kg": "0.62",
    "gross_weight_kg": "0.7",
    "length_cm": "36",
    "width_cm": "36",
    "height_cm": "30",
    "temperature": "ambient",
    "from_1": "12",
    "price_1": "2300",
}


def test_a_seller_writes_a_listing_from_name_to_hand_in(desk, seller):
    world.category()
    address = desk.post("/sell/products/new/", {"title": "Sisal basket"})["Location"]
    assert desk.post(address, {**LISTING, "category": "baskets"}).status_code == 302
    assert desk.post(f"{address}option/", {**OPTION, "code": "KW-0142"}).status_code == 302
    assert desk.post(f"{address}photos/", {"photos": [photo(jpeg()), photo(jpeg())]}).status_code == 302
    assert desk.get(address).status_code == 200
    assert desk.get(f"{address}stock/").status_code == 200

    assert desk.post(f"{address}submission/").status_code == 302

    product = Product.objects.get()
    assert (product.state, product.hs_code) == (ProductState.SUBMITTED, "460219")
    assert world.lead(product).sku == f"{seller.number}.KW-0142"
    assert [t.from_quantity for t in world.lead(product).tiers.all()] == [12]


@pytest.mark.parametrize(
    "title", ["x" * 100, "Basket 🧺🇰🇪", "سلة السيزال المنسوجة يدويا", "<script>alert(1)</script>"]
)
def test_odd_names_are_kept_and_shown_escaped(desk, title):
    address = desk.post("/sell/products/new/", {"title": title})["Location"]

    page = desk.get(address).content.decode()

    assert Product.objects.get().title == title
    assert "<script>alert" not in page
    assert desk.get("/sell/products/").status_code == 200


def test_a_vague_customs_description_is_refused_with_an_example(desk, seller):
    product = world.draft(seller)

    answer = desk.post(product.desk_url(), {**LISTING, "customs_description": "gift"})

    assert answer.status_code == 422
    assert "Basket woven by hand" in answer.content.decode()
    product.refresh_from_db()
    assert product.customs_description == "Basket woven by hand from sisal fibre, with leather handles"


@pytest.mark.parametrize(
    "wrong",
    [
        {"price_amount": "-5"},
        {"price_amount": "0"},
        {"price_amount": "NaN"},
        {"price_amount": "1e400"},
        {"minimum_quantity": "0"},
        {"minimum_quantity": "-3"},
        {"minimum_quantity": "99999999999"},
        {"gross_weight_kg": "0.1"},
        {"net_weight_kg": "-1"},
        {"length_cm": "99999"},
        {"from_1": "3", "price_1": "2300"},
        {"price_1": "9999"},
    ],
)
def test_absurd_numbers_are_refused_and_nothing_changes(desk, seller, wrong):
    product = world.draft(seller)
    before = Variant.objects.values().get()

    answer = desk.post(f"{product.desk_url()}option/", {**OPTION, "sku": world.lead(product).sku, **wrong})

    assert answer.status_code == 422
    assert Variant.objects.values().get() == before
    assert world.lead(product).tiers.count() == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"MZ not a photo", "Only JPEG, PNG and WebP"),
        (b"", "Only JPEG, PNG and WebP"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", "Only JPEG, PNG and WebP"),
        (b"GIF89a" + b"\0" * 40, "Only JPEG, PNG and WebP"),
        (huge_png(60_000, 60_000), "40 million"),
        (huge_png(10_000, 5_000), "40 million"),
    ],
)
def test_a_bad_photo_is_named_and_the_good_one_stays(desk, seller, content, words):
    product = actions.save_draft(seller=seller, fields={"title": "Mug"})

    answer = desk.post(
        f"{product.desk_url()}photos/",
        {"photos": [photo(content, "n" * 100 + ".jpg"), photo(jpeg())]},
        headers={"X-Upload": "1"},
    )

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert product.pictures.count() == 1


def test_renditions_lose_the_metadata_and_the_original(seller):
    exif = Image.Exif()
    exif[0x010F] = "Secret camera"
    content = jpeg(700, 500, exif=exif)
    product = actions.save_draft(seller=seller, fields={"title": "Mug"})
    picture = pictures.add(
        product=product, content=io.BytesIO(content), size=len(content), file_name="../a.jpg"
    )

    widths = render(picture.pk)

    picture.refresh_from_db()
    assert widths == picture.widths == [160, 320, 480, 640]
    assert (picture.state, picture.original, picture.file_name) == (Picture.State.READY, "", "a.jpg")
    assert originals().listdir("")[1] == []
    for ending in ("avif", "webp"):
        with default_storage.open(f"{picture.name}-480.{ending}") as file, Image.open(file) as image:
            assert image.width == 480
            assert not image.getexif()


def test_a_photo_that_breaks_halfway_is_marked_and_harms_nothing(seller):
    content = jpeg()[:700]
    product = actions.save_draft(seller=seller, fields={"title": "Mug"})
    picture = pictures.add(product=product, content=io.BytesIO(content), size=len(content), file_name="a.jpg")

    assert render(picture.pk) == []

    picture.refresh_from_db()
    assert picture.state == Picture.State.BROKEN


def test_another_sellers_product_does_not_exist_on_any_address(desk, seller):
    other = world.draft(world.company())
    picture = other.pictures.get()
    before = Product.objects.values().get(pk=other.pk)
    base = other.desk_url()

    for address in (base, f"{base}stock/", f"{base}cities/", f"{base}photos/{picture.pk}/"):
        assert desk.get(address).status_code == 404, address
    for address, data in (
        (base, LISTING),
        (f"{base}option/", {**OPTION, "sku": world.lead(other).sku}),
        (f"{base}photos/", {"photos": [photo(jpeg())]}),
        (f"{base}photos/{picture.pk}/", {"remove": "1"}),
        (f"{base}submission/", {}),
        (f"{base}state/", {"state": "ENDED"}),
    ):
        assert desk.post(address, data).status_code == 404, address

    mine = world.draft(seller)
    assert desk.post(f"{mine.desk_url()}photos/{picture.pk}/", {"remove": "1"}).status_code == 404
    assert desk.post(f"{mine.desk_url()}option/", {**OPTION, "sku": world.lead(other).sku}).status_code == 404
    assert Product.objects.values().get(pk=other.pk) == before
    assert Picture.objects.filter(pk=picture.pk).exists()


def test_the_desk_is_for_people_with_the_role(client, seller):
    assert client.get("/sell/products/").status_code == 302
    client.force_login(world.person(seller, role="finance"))
    assert client.get("/sell/products/").status_code == 403
    client.force_login(world.person(seller))
    assert client.get("/console/listings/").status_code in {403, 404}


def test_an_operator_decides_in_the_console(client, seller):
    product = world.draft(seller)
    actions.submit(product_id=product.pk, at=NOON)
    client.force_login(world.operator())

    assert product.title in client.get("/console/listings/").content.decode()
    assert client.get(f"/console/listings/{product.number}/").status_code == 200
    address = f"/console/listings/{product.number}/decision/"
    assert client.post(address, {"verdict": "return"}).status_code == 409
    assert client.post(address, {"verdict": "return", "reason_title": "Say the size."}).status_code == 302
    assert client.post(address, {"verdict": "approve"}).status_code == 409

    product.refresh_from_db()
    assert product.state == ProductState.RETURNED


def test_the_editor_shows_what_is_stored_and_saving_it_again_changes_nothing(desk, seller):
    world.category()
    product = world.draft(seller)
    desk.post(product.desk_url(), {**LISTING, "category": "baskets"})

    page = desk.get(product.desk_url())
    form = page.context["form"]
    desk.post(product.desk_url(), {name: form[name].value() or "" for name in form.fields})

    product.refresh_from_db()
    assert product.category
    assert product.category.slug == "baskets"
    assert '<option value="baskets" selected>' in page.content.decode()
    price = world.lead(product).price_amount.normalize()
    assert page.context["variant_form"]["price_amount"].value() == f"{price:f}"


def test_changes_are_thrown_away_and_taken_back(desk, seller):
    product = world.live(seller)
    desk.post(product.desk_url(), {**LISTING, "title": "A better name"})
    address = f"{product.desk_url()}changes/"

    desk.post(address)
    product.refresh_from_db()
    page = desk.get(product.desk_url()).content.decode()
    assert product.changes == {}
    assert "thrown away" in page

    desk.post(address, {"undo": "1"})
    product.refresh_from_db()
    assert product.changes["title"] == "A better name"
    assert "not in the shop yet" in desk.get(product.desk_url()).content.decode()
