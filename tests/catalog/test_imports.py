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
from marketplace.accounts.models import Company
from tests.catalog import world
from tests.catalog.world import NOON

pytestmark = pytest.mark.django_db
GOOD = "KW-1;Körbe aus Sisal;12,50;KE;4602.19\nKW-2;Mug;1.234,50;KE;\n"
HEAD = "code;title;price;origin;hs_code\n"


def started(seller: Company, text: str, encoding: str = "utf-8") -> Import:
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
    rows = "A;Mug;-5;KE;1\nA;;x;Kenja;460219\n;Cup;1e999;;\nB;Good mug;7;KE;691110\n"
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
    sheet = book.create_sheet(index=0)
    for row in (["code", "title", "price"], ["A", "Mug 🧺", 12.5], [None, None, None]):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)

    table = sheets.read(out.getvalue(), "a.xlsx")

    assert (table.header, table.rows) == (("code", "title", "price"), (("A", "Mug 🧺", "12.5"),))


def zipped() -> bytes:
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
    assert "This is not a number." in client.get(f"/sell/imports/{made.pk}/").content.decode()
    assert client.post(f"/sell/imports/{made.pk}/run/").status_code == 302
    assert Product.objects.count() == 2


THEIRS = "Article no.;Product name;Price (KES);Weight;Shelf\n"


def test_words_that_sellers_use_over_a_column_are_understood():
    made = started(world.company(), "SKU;Name;Price (KES);Weight;Made in\nA;Mug;450;0.4;Kenya\n")

    assert made.columns == ["code", "title", "price", "gross_weight_kg", "origin"]
    assert made.counts == {"new": 1, "changed": 0, "same": 0, "wrong": 0}


def test_a_column_that_we_do_not_know_is_asked_for_once_and_remembered(client):
    seller = world.company()
    client.force_login(world.person(seller))
    text = THEIRS + "A;Mug;450;0.4;B3\n"
    made = started(seller, text)
    assert (made.state, made.columns) == ("MATCHING", ["", "title", "price", "gross_weight_kg", ""])

    page = f"/sell/imports/{made.pk}/"
    assert "as last time" not in client.get(page).content.decode()
    names = ["code", "title", "price", "gross_weight_kg", ""]
    answer = client.post(f"{page}columns/", {f"column-{n}": name for n, name in enumerate(names)})

    assert answer.status_code == 302
    assert imports.dry_run(made.pk).counts["new"] == 1
    again = started(seller, text)
    assert (again.state, again.columns) == ("CHECKED", names)


def test_a_column_chosen_twice_or_not_at_all_is_named(client):
    seller = world.company()
    client.force_login(world.person(seller))
    made = started(seller, THEIRS + "A;Mug;450;0.4;B3\n")
    wrong = {"column-1": "title", "column-2": "title", "column-0": "drop table"}

    answer = client.post(f"/sell/imports/{made.pk}/columns/", wrong)

    assert answer.status_code == 422
    assert "Your code, Name, Price" in answer.content.decode()
    made.refresh_from_db()
    assert made.state == "MATCHING"


@pytest.mark.parametrize(
    ("column", "cell", "fix"),
    [
        ("price", "2.450,-", "2450"),
        ("price", "KES 1,850.50 each", "1850.5"),
        ("price", "12 or 14", None),
        ("gross_weight_kg", "40000", "40"),
        ("gross_weight_kg", "700", "0.7"),
        ("origin", "Kenja", "KE"),
        ("minimum_quantity", "6 pcs", "6"),
        ("hs_code", "4602", "460219"),
        ("code", "A", "A-2"),
    ],
)
def test_a_wrong_cell_offers_what_it_probably_means(column, cell, fix):
    seller = world.company()
    world.draft(seller, hs_code="460219")
    good = {"code": "A", "title": "Mug", "price": "5", column: "A" if column == "code" else ""}
    row = {"code": "B", "title": "Mug", "price": "5", column: cell}

    made = started(seller, "\n".join(";".join(line) for line in (row, good.values(), row.values())))

    found = next(error for error in made.errors if error["line"] == 3)
    assert column in {**found["cells"], **found["warnings"]}
    assert found["fixes"].get(column) == fix


def test_one_press_mends_a_cell_and_the_row_is_good(client):
    seller = world.company()
    client.force_login(world.person(seller))
    made = started(seller, HEAD + "A;Mug;2.450,-;KE;460219\nB;Cup;x;KE;460219\n")

    answer = client.post(f"/sell/imports/{made.pk}/cells/", {"fix": "cell-2-price=2450", "cell-3-price": "7"})

    made.refresh_from_db()
    assert answer.status_code == 302
    assert made.counts == {"new": 2, "changed": 0, "same": 0, "wrong": 0}
    imports.put_in(import_id=made.pk, at=NOON)
    assert Variant.objects.get(seller_code="A").price_amount == Decimal(2450)


@pytest.mark.parametrize("cell", ["cell-9999-price", "cell-1-price", "cell-2-seller", "cell-2-price-x", "x"])
def test_a_cell_that_is_not_in_the_list_changes_nothing(client, cell):
    seller = world.company()
    client.force_login(world.person(seller))
    made = started(seller, HEAD + "A;Mug;x;KE;460219\n")

    client.post(f"/sell/imports/{made.pk}/cells/", {cell: "5", "fix": f"{cell}=5"})

    made.refresh_from_db()
    assert made.rows == [["A", "Mug", "x", "KE", "460219"]]
    assert made.counts["wrong"] == 1


def test_a_list_that_is_in_cannot_be_corrected(client):
    seller = world.company()
    client.force_login(world.person(seller))
    made = started(seller, HEAD + GOOD)
    imports.put_in(import_id=made.pk, at=NOON)

    answer = client.post(f"/sell/imports/{made.pk}/cells/", {"cell-2-price": "1"})

    assert answer.status_code == 409
    assert Variant.objects.get(seller_code="KW-1").price_amount == Decimal("12.5")


def test_many_wrong_rows_come_page_by_page_and_by_kind(client):
    seller = world.company()
    client.force_login(world.person(seller))
    rows = "".join(f"K{n};Mug {n};{'x' if n % 2 else 5};KE;{'' if n % 3 else 12}\n" for n in range(500))
    made = started(seller, HEAD + rows)

    page = client.get(f"/sell/imports/{made.pk}/?kind=hs_code&page=2")

    assert made.counts["wrong"] == 334
    assert [kind[0::2] for kind in page.context["kinds"]] == [("price", 250), ("hs_code", 167)]
    assert "11–20 of 167" in page.content.decode()
