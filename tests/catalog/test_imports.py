"""Lists of products in and out."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

from catalog import imports, sheets
from catalog.models import Import, Product, Variant
from tests.catalog import world
from tests.catalog.world import NOON

pytestmark = pytest.mark.django_db
GOOD = "KW-1;Körbe aus Sisal;12,50;KE;4602.19\nKW-2;Mug;1.234,50;KE;\n"
HEAD = "code;title;price;origin;hs_code\n"


def started(seller, text, encoding="utf-8"):
    made = imports.start(
        seller=seller, by=world.person(seller), file_name="list.csv", content=text.encode(encoding)
    )
    return imports.dry_run(made.pk)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1"])
def test_a_list_goes_in_once_however_often_it_is_sent(encoding):
    seller = world.company()

    made = started(seller, HEAD + GOOD, encoding)
    assert made.counts == {"new": 2, "changed": 0, "same": 0, "wrong": 0}
    assert not Product.objects.exists()
    imports.put_in(import_id=made.pk, at=NOON)
    again = started(seller, HEAD + GOOD, encoding)

    assert again.counts == {"new": 0, "changed": 0, "same": 2, "wrong": 0}
    assert set(Product.objects.values_list("title", flat=True)) == {"Körbe aus Sisal", "Mug"}
    assert Variant.objects.get(seller_code="KW-2").price_amount == Decimal("1234.5")


def test_a_changed_row_changes_only_its_product():
    seller = world.company()
    imports.put_in(import_id=started(seller, HEAD + GOOD).pk, at=NOON)

    made = started(seller, HEAD + GOOD.replace("Mug", "Stone mug"))
    imports.put_in(import_id=made.pk, at=NOON)

    assert made.counts["changed"] == 1
    assert set(Product.objects.values_list("title", flat=True)) == {"Körbe aus Sisal", "Stone mug"}


def test_wrong_cells_are_named_and_good_rows_still_go_in():
    rows = "A;Mug;-5;KE;1\nA;;x;Kenya;460219\n;Cup;1e999;;\nB;Good mug;7;KE;691110\n"
    seller = world.company()

    made = started(seller, HEAD + rows)
    imports.put_in(import_id=made.pk, at=NOON)

    assert made.counts == {"new": 1, "changed": 0, "same": 0, "wrong": 3}
    assert [(e["line"], sorted(e["cells"])) for e in made.errors] == [
        (2, ["hs_code", "price"]),
        (3, ["code", "origin", "price", "title"]),
        (4, ["code", "price"]),
    ]
    assert Product.objects.get().title == "Good mug"


def test_a_list_is_taken_out_within_a_day_only():
    seller = world.company()
    made = started(seller, HEAD + GOOD)
    imports.put_in(import_id=made.pk, at=NOON)

    with pytest.raises(imports.TooLateToUndo):
        imports.undo(import_id=made.pk, at=NOON + timedelta(hours=25))
    assert Product.objects.count() == 2
    assert imports.undo(import_id=made.pk, at=NOON + timedelta(hours=1)) == 2
    assert imports.undo(import_id=made.pk, at=NOON + timedelta(hours=1)) == 0
    assert not Product.objects.exists()


def test_an_xlsx_is_read():
    book = Workbook()
    for row in (["code", "title", "price"], ["A", "Mug 🧺", 12.5], [None, None, None]):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)

    table = sheets.read(out.getvalue(), "a.xlsx")

    assert (table.header, table.rows) == (("code", "title", "price"), (("A", "Mug 🧺", "12.5"),))


def zipped():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * 210_000_000)
    return out.getvalue()


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "a.csv"),
        (b"a\0b", "a.csv"),
        (b"PK\x03\x04broken", "a.xlsx"),
        (b"%PDF", "a.xls"),
        (b"code\n", "a.csv"),
    ],
)
def test_a_file_that_is_no_list_is_refused_with_a_sentence(client, content, name):
    seller = world.company()
    client.force_login(world.person(seller))

    answer = client.post("/sell/imports/", {"file": SimpleUploadedFile(name, content)})

    assert answer.status_code == 422
    assert "cannot be read" in answer.content.decode()
    assert not Import.objects.exists()


def test_a_zip_bomb_is_refused():
    with pytest.raises(sheets.FileUnreadable, match="200 MB"):
        sheets.read(zipped(), "a.xlsx")


def test_an_export_runs_nothing_in_a_spreadsheet(client):
    seller = world.company()
    world.draft(seller, title="=HYPERLINK(1)")
    client.force_login(world.person(seller))

    text = client.get("/sell/products.csv").content.decode()

    assert "'=HYPERLINK(1)" in text


def test_another_sellers_list_does_not_exist(client):
    made = started(world.company(), HEAD + GOOD)
    client.force_login(world.person(world.company()))

    assert client.get(f"/sell/imports/{made.pk}/").status_code == 404
    assert client.get(f"/sell/imports/{made.pk}/wrong.csv").status_code == 404
    for act in ("run", "undo"):
        assert client.post(f"/sell/imports/{made.pk}/{act}/").status_code == 404
    assert not Product.objects.exists()


def test_the_pages_of_a_list_open(client):
    seller = world.company()
    made = started(seller, HEAD + GOOD + ";Cup;x;;\n")
    client.force_login(world.person(seller))

    assert client.get("/sell/imports/").status_code == 200
    assert "Row 4" in client.get(f"/sell/imports/{made.pk}/").content.decode()
    assert client.post(f"/sell/imports/{made.pk}/run/").status_code == 302
    assert Product.objects.count() == 2
