"""Every loader: a whole file is read; half of it, another encoding or a gigabyte is refused with its place."""

from __future__ import annotations

import json
import re
import tracemalloc
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from customs import rules_of_origin
from customs.lists import eu, ftm, ofac, ofac_advanced, uk, un
from customs.lists.base import ListBroken
from customs.tariffs import readers
from customs.tariffs.base import BadFile
from marketplace.currency import files
from marketplace.currency.files import BadRates
from tests.currency.test_ecb_files import feed as ecb_feed
from tests.customs.test_tariff_files import HEAD, HTS, TARIC

LISTS: Final = Path(__file__).parent / "lists"
GIGABYTE: Final = 1_000_000_000
MOST_MEMORY: Final = 4_000_000
REFUSALS: Final = (BadFile, ListBroken, BadRates)
PLACE: Final = re.compile(r"\b(row|line|byte|column|file|bytes)\b|encoding|not well-formed|token")
HTS_CSV: Final = (
    b"HTS Number,Indent,Description,Unit of Quantity,General Rate of Duty,Special Rate of Duty\n"
    b'6109.10.00,0,"T-shirts, caf\xc3\xa9",doz,16.5%,"Free (AU,BH)"\n6109.90.00,0,Other,doz,32%,\n'
)
DATABASE: Final = (
    b"hts8,brief_description,mfn_text_rate,begin_effect_date,end_effective_date\n"
    b"01012100,Horses caf\xc3\xa9,Free,2025-01-01,2025-12-31\n02023050,Beef,4.4 cents/kg,2025-01-01,2025-12-31\n"
)
RATES: Final = (
    b"commodity,description,cet_duty_rate,ukgt_duty_rate,change\n"
    b"02023090,Beef caf\xc3\xa9,12.8 + 304.1 EUR/100 kg,12.00% + 241.51 GBP/100kg,x\n61091000,T-shirts,12.00%,12.00%,x\n"
)
SEASONAL: Final = (
    b"geographical_area_id,goods_nomenclature_item_id,measure_type_id,from,to,duty\n"
    b"AU,0702000000,142,15/05,31/10,10.5%\nAU,0702000000,142,01/11,14/05,6%\n"
)
UK_API: Final = json.dumps(
    {
        "goods_nomenclature_item_id": "0702000007",
        "import_measures": [
            {"id": 1, "measure_type": {"id": "103"}, "duty_expression": {"base": "8.00 %"},
             "geographical_area": {"geographical_area_id": "1011", "description": "café"}}
        ],
    }, ensure_ascii=False,
).encode()  # fmt: skip
AU: Final = b"reference_number,statistical_code,unit,goods,duty_rate\n6109.10.00,01,No,caf\xc3\xa9,5%\n6403.59.00,02,2u,x,Free\n"
AGREEMENTS: Final = (
    b"fta,hs_code,goods,duty_rate\nChAFTA,6109.10.00,caf\xc3\xa9,Free\nChAFTA,6403.59.00,x,Free\n"
)
OWN: Final = (
    HEAD + b"610910,third_country_duty,ERGA OMNES,12%,2026-01-01,\n640399,third_country_duty,CN,8%,,\n"
)
UN: Final = (
    '<?xml version="1.0" encoding="UTF-8"?><CONSOLIDATED_LIST dateGenerated="2026-02-27T00:00:00"><INDIVIDUALS>'
    "<INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>Viktor</FIRST_NAME><SECOND_NAME>Maldonís</SECOND_NAME>"
    "</INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>"
).encode()
OFAC: Final = (
    b'173,"MALDONIS, Viktor","individual","SDGT",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,"DOB 1961."\n'
    b'306,"HARRIER TRADING",-0- ,"CUBA",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \n'
)
ORIGIN: Final = json.dumps(
    {"rule_sets": [{"heading": "46", "subdivision": "Baskets, café", "min": "4600000000", "max": "4699999999",
                    "valid": True, "rules": [{"rule": "CTH", "class": ["CTH"], "operator": None}]}]},
    ensure_ascii=False,
).encode()  # fmt: skip


@dataclass(frozen=True)
class Loader:
    """A reader of one official form, a small whole file, and the bytes at which a cut is inside a row."""

    read: Callable[[Path], object]
    good: bytes
    suffix: str = ".csv"
    cut: int = 0


def tariff(name: str) -> Callable[[Path], object]:
    """Read as the worker reads an uploaded file."""

    def read(path: Path) -> object:
        with path.open("rb") as raw:
            return readers.read(name, raw, size=path.stat().st_size)

    return read


LOADERS: Final = {
    "USITC HTS CSV": Loader(tariff("usitc-csv"), HTS_CSV),
    "USITC HTS JSON": Loader(tariff("usitc-json"), json.dumps(HTS).encode() + b" ", ".json"),
    "USITC database": Loader(tariff("usitc-database"), DATABASE),
    "UK Trade Tariff API": Loader(tariff("uk-api"), UK_API, ".json"),
    "UK rates": Loader(tariff("uk-csv"), RATES),
    "UK seasons": Loader(tariff("uk-seasonal"), SEASONAL),
    "EU rates": Loader(tariff("eu-csv"), RATES),
    "TARIC text": Loader(tariff("taric-text"), TARIC, ".txt"),
    "Australian schedule": Loader(tariff("au-schedule"), AU),
    "Australian agreements": Loader(tariff("au-agreements"), AGREEMENTS),
    "our own CSV": Loader(tariff("own-csv"), OWN),
    "ECB": Loader(lambda path: files.ecb_days(files.content_of(path), path.name), ecb_feed(1), ".xml"),
    "UN": Loader(un.read, UN, ".xml"),
    "OFAC CSV": Loader(ofac.read, OFAC),
    "OFAC advanced": Loader(ofac_advanced.read, (LISTS / "ofac_advanced.xml").read_bytes(), ".xml"),
    "UK list CSV": Loader(uk.read, (LISTS / "uk.csv").read_bytes()),
    "UK list XML": Loader(uk.read, (LISTS / "uk.xml").read_bytes(), ".xml"),
    "EU list": Loader(eu.read, (LISTS / "eu.xml").read_bytes(), ".xml"),
    "FollowTheMoney": Loader(ftm.read, (LISTS / "ftm.jsonl").read_bytes(), ".jsonl"),
    "rules of origin": Loader(rules_of_origin.read_file, ORIGIN, ".json"),
}
each = pytest.mark.parametrize("name", LOADERS)


def put(tmp_path: Path, name: str, content: bytes) -> Path:
    path = tmp_path / f"list{LOADERS[name].suffix}"
    path.write_bytes(content)
    return path


def half(name: str) -> bytes:
    """Cut inside the last row or element: a cut at the end of a row leaves a whole file behind."""
    good = LOADERS[name].good.rstrip()
    if LOADERS[name].suffix in {".csv", ".txt"}:
        start = good.rindex(b"\n") + 1
        return good[: start + 5]
    return good[: len(good) // 2]


def refusal(name: str, path: Path) -> str:
    with pytest.raises(REFUSALS) as refused:
        LOADERS[name].read(path)
    return str(refused.value)


@each
def test_a_whole_file_is_read(tmp_path: Path, name: str) -> None:
    assert LOADERS[name].read(put(tmp_path, name, LOADERS[name].good))


@each
def test_half_a_file_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    assert PLACE.search(refusal(name, put(tmp_path, name, half(name))))


@each
def test_another_encoding_is_refused_with_its_place(tmp_path: Path, name: str) -> None:
    good = LOADERS[name].good
    other = good.decode().encode("utf-16") if name == "OFAC CSV" else good[:-20] + b"caf\xe9\xff" + good[-20:]

    assert PLACE.search(refusal(name, put(tmp_path, name, other)))


@each
def test_bytes_that_are_no_text_are_refused(tmp_path: Path, name: str) -> None:
    assert refusal(name, put(tmp_path, name, bytes(range(256)) * 40))


@each
def test_a_gigabyte_is_refused_without_reading_it(tmp_path: Path, name: str) -> None:
    path = put(tmp_path, name, LOADERS[name].good)
    with path.open("r+b") as file:
        file.truncate(GIGABYTE)  # a hole: it fills no disk

    tracemalloc.start()
    try:
        said = refusal(name, path)
        _now, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert re.search(r"larger than|no list has more", said)
    assert most < MOST_MEMORY
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    ("read", "content"),
    [
        (un.read, UN.replace(b"2026-02-27T00", b"yesterday T")),
        (ftm.read, (LISTS / "ftm.jsonl").read_bytes().replace(b"2026-11-", b"2026-99-")),
        (ofac.read, OFAC.replace(b'"DOB 1961."', b'"DOB 1961.')),
        (ofac.read, b'"' + b"x" * 200_000 + b'"'),
        (uk.read, (LISTS / "uk.csv").read_bytes() + b'"never closed'),
    ],
)
def test_a_day_or_a_cell_that_cannot_be_read_is_named(
    tmp_path: Path, read: Callable[[Path], object], content: bytes
) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)

    with pytest.raises(ListBroken, match=r"list\.csv could not be read: .+ Nothing was loaded"):
        read(path)
