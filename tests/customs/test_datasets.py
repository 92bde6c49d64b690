"""Data sets from frozen rows: every field by its rule, refused with field and reason, sent to customs."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import httpx
import pytest
from defusedxml import ElementTree
from django.test import Client

from customs import actions, datasets, documents, tasks
from customs.authorities import house
from customs.authorities.base import AuthoritySilent, Filing, send
from customs.datasets.fields import Field, faults
from customs.models import Declaration, DeclarationLine, Hold
from customs.refusals import DeclarationIncomplete
from logistics.models import Carrier
from marketplace.kit.money import Money
from marketplace.kit.places import Place
from marketplace.sandbox.app import Sandbox
from marketplace.sandbox.authority import unreadable
from tests.customs.world import NOON, basket, company, declared, operator, person

pytestmark = pytest.mark.django_db
BERLIN = Place("DE", "10115", "Berlin")


@pytest.fixture(autouse=True)
def carrier() -> None:
    Carrier.objects.create(code="house", name="Sampan Line")


def parcel(order: str = "ORD-1", *lines: Any, **changes: Any) -> Declaration:
    seller = changes.pop("seller", None) or company(f"COM-{order}", "Kiondo Weavers")
    return declared(order, seller, *lines, **({"ship_to": BERLIN} | changes))


@pytest.mark.parametrize("form", ["h7", "ens", "itmatt", "sad"])
def test_a_complete_declaration_passes_the_rules_of_every_data_set(form: str) -> None:
    assert datasets.faults(parcel(), form) == []


def test_h7_has_what_the_super_reduced_set_asks_for() -> None:
    seller = company("COM-1", "Kiondo Weavers", tax_ids={"IOSS": "IM3720000000", "EORI": "KE0000001"})
    two = parcel(
        "ORD-1", basket(), basket(value=Money(Decimal(30), "EUR"), hs_code="46021990"), seller=seller
    )

    data = datasets.complete(two, "h7")

    assert (data["lrn"], data["additionalProcedures"]) == (two.number, ["C07", "F48"])
    assert data["additionalFiscalReferences"] == [{"role": "FR5", "identifier": "IM3720000000"}]
    assert data["exporter"]["eori"] == "KE0000001"
    assert data["importer"]["street"] == "Elm Street 12"
    assert data["locationOfGoods"] == {
        "qualifier": "Z",
        "country": "DE",
        "postalCode": "10115",
        "town": "Berlin",
    }
    assert data["grossMassKg"] == "3.200"
    assert data["intrinsicValue"] == {"amount": "90.00", "currency": "EUR"}
    items = data["goodsItems"]
    assert [one["commodityCode"] for one in items] == ["460219", "460219"]
    assert [one["transportCosts"]["amount"] for one in items] == ["5.67", "2.83"]


def test_the_entry_summary_names_all_parties_route_and_dangerous_goods() -> None:
    line = basket(battery_un="UN3481 PI967", hs_code="851762", origin="CN")

    data = datasets.complete(parcel("ORD-1", line, ship_from=Place("CN", "", "Shenzhen")), "ens")

    assert data["carrier"] == {"name": "Sampan Line"}
    assert data["routing"] == ["CN", "DE"]
    assert (data["placeOfAcceptance"]["town"], data["placeOfDelivery"]["town"]) == ("Shenzhen", "Berlin")
    assert (data["modeOfTransport"], data["goodsItems"][0]["dangerousGoods"]) == ("4", "3481")
    assert data["notifyParty"]["email"] == "clara@mail.example"
    assert {"consignor", "consignee", "seller", "buyer", "supplementaryDeclarant"} <= data.keys()


def test_the_asycuda_document_is_xml_with_one_item_for_each_line() -> None:
    two = parcel("ORD-1", basket(), basket(hs_code="61091000", origin="TZ"))

    root = ElementTree.fromstring(datasets.file_of(two, "sad"))

    assert root.tag == "ASYCUDA"
    assert [item.findtext("Tarification/HScode/Commodity_code") for item in root.iter("Item")] == [
        "46021900",
        "61091000",
    ]
    assert root.findtext("Item/Tarification/Extended_customs_procedure") == "4000"
    assert root.findtext("Valuation/Gs_external_freight/Amount_foreign_currency") == "8.00"
    assert (
        root.findtext("Traders/Consignee/Consignee_name")
        == "Clara Whitfield, Elm Street 12, 10115 Berlin, DE"
    )


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"hs_code": "46"}, "item 1: commodity code needs 6 digits"),
        ({"gross_weight_kg": None}, "item 1: gross mass must be above zero"),
        ({"customs_description": "gift", "description": "gift"}, "item 1: goods description is too vague"),
    ],
)
def test_a_bad_line_is_named_with_its_reason(change: dict[str, Any], fault: str) -> None:
    assert fault in datasets.faults(parcel("ORD-1", basket(**change)), "h7")


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"contact": actions.Contact()}, "importer's street is missing"),
        ({"ship_to": Place("DE", "", "Berlin")}, "importer's postal code is missing"),
        ({"buyer_name": "N" * 71}, "importer's name has 71 characters, at most 70 are allowed"),
        ({"ship_to": Place("DE", "10115", "")}, "importer's town is missing"),
    ],
)
def test_a_bad_head_is_named_with_its_reason(changes: dict[str, Any], fault: str) -> None:
    declaration = parcel("ORD-1", **changes)

    assert datasets.faults(declaration, "h7") == [fault]
    with pytest.raises(DeclarationIncomplete, match=fault):
        datasets.file_of(declaration, "h7")


def test_a_rule_knows_missing_too_long_wrong_code_and_wrong_form() -> None:
    rules = (
        Field("a.b", "name", 3),
        Field("c[].d", "code", codes=frozenset({"X", "Y"})),
        Field("e", "day", needed=False, form=r"\d\d", hint="needs two digits"),
    )

    assert faults({"a": {"b": "long"}, "c": [{"d": "X"}, {"d": "Z"}, {}], "e": "1"}, rules) == [
        "name has 4 characters, at most 3 are allowed",
        "item 2: code “Z” is not one of X, Y",
        "item 3: code is missing",
        "day needs two digits",
    ]
    assert faults({}, rules) == ["name is missing", "code is missing"]


@pytest.mark.parametrize(
    ("changes", "system"),
    [
        ({}, "eu-h7"),
        ({"ship_to": Place("GB", "LS1 4AP", "Leeds")}, "upu-itmatt"),
        ({"mode": "sea", "ship_to": Place("GB", "LS1 4AP", "Leeds")}, "asycuda-sad"),
        ({"procedure": "4071"}, "asycuda-sad"),
    ],
)
def test_each_declaration_goes_to_its_system(changes: dict[str, Any], system: str) -> None:
    assert house.system_for(parcel("ORD-1", **changes)).name == system


def test_a_parcel_above_150_euro_or_with_wine_is_no_h7() -> None:
    dear = parcel("ORD-1", basket(value=Money(Decimal("150.01"), "EUR")))
    wine = parcel("ORD-2", basket(hs_code="220421", measured={"alcohol_percent": "13"}))

    assert {house.system_for(one).name for one in (dear, wine)} == {"upu-itmatt"}


def test_an_incomplete_declaration_is_not_sent_but_becomes_a_case_that_is_corrected_and_filed(
    sandbox: Sandbox,
) -> None:
    parcel("ORD-1", contact=actions.Contact())
    actions.check_clearance(order_number="ORD-1", at=NOON)

    assert tasks.file_declarations() == 0

    hold = Hold.objects.get()
    assert (hold.title, hold.findings.get().rule) == (
        "The declaration cannot be filed: importer's street is missing",
        "R-FIL-001",
    )
    actions.release_with_corrections(
        hold_number=hold.number, by=operator(), version=hold.version, reason="wrong-words",
        corrections=[{"line": "0", "to_street": "Invalidenstraße 44"}], at=NOON,
    )  # fmt: skip
    assert tasks.file_declarations() == 1
    declaration = Declaration.objects.get()
    assert (declaration.state, declaration.authority_reference[:4]) == ("FILED", "26DE")


def test_the_customs_house_registers_a_filing_once_and_gives_the_same_number_again(sandbox: Sandbox) -> None:
    filing = house.filing_of(parcel(), callback="http://127.0.0.1:9/")

    first, again = send(filing, key="declaration-1"), send(filing, key="declaration-1")

    assert first.mrn == again.mrn
    assert first.mrn.startswith("26DE")


@pytest.mark.parametrize("state", ["queried", "held", "released", "rejected"])
def test_the_customs_house_answers_what_the_desk_decides(sandbox: Sandbox, state: str) -> None:
    filed = send(house.filing_of(parcel(), callback="http://127.0.0.1:9/"), key=f"key-{state}")
    found = _declaration(sandbox)
    assert (found["mrn"], found["document"]["system"]) == (filed.mrn, "eu-h7")

    httpx.post(f"{sandbox.address}/sandbox/declaration", data={"declaration": found["id"], "state": state})

    assert _declaration(sandbox)["state"] == state


def test_the_customs_house_rejects_what_it_cannot_read() -> None:
    good = {"data": {"goodsItems": [{"commodityCode": "460219", "description": "basket"}]}}
    assert unreadable(good) == ""
    assert unreadable({"data": {}}) == "The declaration has no data."
    assert unreadable({"data": {"goodsItems": []}}) == "The declaration names no goods."
    assert unreadable({"data": {"contentPieces": [{"tariffHeading": "46", "description": "b"}]}}) == (
        "Commodity code or description is missing in item 1."
    )
    assert unreadable({"data": "<ASYCUDA/>"}) == "The document has no commodity code."


def test_a_silent_authority_is_said_so(settings: Any) -> None:
    settings.CUSTOMS_ADDRESS = "http://127.0.0.1:9/customs"

    with pytest.raises(AuthoritySilent):
        send(Filing("DEC-1", "DE", {}, "http://127.0.0.1/"), key="k")


def test_seller_and_desk_download_papers_and_an_incomplete_one_is_a_clear_answer() -> None:
    declaration = parcel("ORD-1")
    owner, desk, other = Client(), Client(), Client()
    owner.force_login(person("maker@example.com", company=declaration.seller))
    desk.force_login(operator())
    other.force_login(person("other@example.com", company=company("COM-9", "Other firm")))
    address = f"/customs/declarations/{declaration.number}/"

    for name, (media, _write) in documents.PAPERS.items():
        assert Client().get(address + name).status_code == 302
        assert other.get(address + name).status_code == 404
        for client in (owner, desk):
            answer = client.get(address + name)
            assert (answer.status_code, answer["Content-Type"]) == (200, media)
    assert owner.get(f"{address}nothing.pdf").status_code == 404
    assert (
        json.loads(owner.get(f"{address}itmatt.json").content)["contentPieces"][0]["tariffHeading"]
        == "460219"
    )

    DeclarationLine.objects.update(hs_code="")
    refused = owner.get(f"{address}h7.json")
    assert refused.status_code == 409
    assert f"EU H7 for {declaration.number} cannot be written yet: item 1: commodity code is missing" in (
        refused.content.decode()
    )


def _declaration(sandbox: Sandbox) -> dict[str, Any]:
    with sandbox.store.act() as box:
        return dict(box.all("declaration")[0])
