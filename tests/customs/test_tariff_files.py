"""Official tariff files are read as they are published, as a stream, or refused with row and column."""

from __future__ import annotations

import io
import json
from datetime import date

import pytest

from customs.tariffs import base, checks, readers
from tests.customs.shared import shared

GENERAL_LINES = 5_001
HEAD = b"code,kind,origin_area,expression,valid_from,valid_to\n"
TARIC = (
    b"Goods code\tAdd code\tOrder No.\tStart date\tEnd date\tOrigin code\tMeas. type code\tLegal base\tDuty\n"
    b"0805102200 80\t\t\t01-12-2026\t31-03-2027\t1011\t103\tR2658/87\t16.000 % + 7.100 EUR / 100 kg\n"
    b"0805102200 80\t\t091234\t01-12-2026\t\t2005\t143\tR2020/1\t0.000 %\n"
    b"8712003000 10\tC999\t\t01-12-2026\t\tCN\t552\tR2019/1379\t48.500 %\n"
    b"8712003000 10\t\t\t01-12-2026\t\t1011\t465\tR1/1\t\n"
)
HTS = [
    {
        "htsno": "6109.10.00",
        "indent": "0",
        "general": "16.5%",
        "special": "Free (AU,BH,CL,S) 2.3% (KR)",
        "other": "90%",
    },
    {"htsno": "6109.10.00.04", "indent": "1", "general": "", "special": "", "other": ""},
]


@pytest.mark.parametrize(
    ("name", "file", "rows"),
    [
        ("usitc-database", "us_hts8_mfn_2025.csv", 12_690),
        ("eu-csv", "eu_cet_and_uk_ukgt_rates_cn8_2020.csv", 9_533),
        ("uk-csv", "eu_cet_and_uk_ukgt_rates_cn8_2020.csv", 9_533),
        ("uk-api", "uk_tariff_api_sample_commodity_0702000007.json", 46),
        ("uk-seasonal", "uk_seasonal_measures.csv", 317),
        ("au-agreements", "au_fta_schedules_2026.csv", 2_687),
    ],
)
def test_a_published_file_is_read_whole(name: str, file: str, rows: int) -> None:
    with shared(f"data/{file}").open("rb") as raw:
        assert len(readers.read(name, raw)) == rows


def test_the_australian_schedule_gives_general_rates_steps_and_rates_of_countries() -> None:
    with shared("data/au_tariff_schedule3_2026.csv").open("rb") as raw:
        rows = readers.read("au-schedule", raw)

    general = {row.code: row for row in rows if row.kind == "third_country_duty"}
    assert len(general) == GENERAL_LINES
    assert {
        row.expression for row in rows if row.code == "22030061" and row.origin_area == "ERGA OMNES"
    } == set()
    text = b"reference_number,duty_rate\n6109.10.00,5% DCS4% CAFree From1July2018 3.75% From1July2019 Free\n2205.90.30,$107.99/L of alcohol\n"
    found = [
        (row.origin_area, row.expression, row.valid_from, row.valid_to)
        for row in readers.read("au-schedule", text)
    ]
    assert found == [
        ("ERGA OMNES", "5%", None, date(2018, 6, 30)),
        ("AU:DCS", "4%", None, None),
        ("CA", "Free", None, None),
        ("ERGA OMNES", "3.75%", date(2018, 7, 1), date(2019, 6, 30)),
        ("ERGA OMNES", "Free", date(2019, 7, 1), None),
        ("ERGA OMNES", "A$107.99/L of alcohol", None, None),
    ]


def test_the_hts_export_gives_rates_and_preferences_in_both_forms() -> None:
    lines = [("HTS Number", "General Rate of Duty", "Special Rate of Duty")]
    lines += [(row["htsno"], row["general"], f'"{row["special"]}"') for row in HTS]
    as_csv = "\n".join(",".join(line) for line in lines).encode()

    found = [readers.read("usitc-json", json.dumps(HTS).encode()), readers.read("usitc-csv", as_csv)]

    for rows in found:
        assert [(row.code, row.kind, row.origin_area, row.expression) for row in rows] == [
            ("61091000", "third_country_duty", "ERGA OMNES", "16.5%"),
            *(("61091000", "preference", country, "Free") for country in ("AU", "BH", "CL", "CA", "MX")),
            ("61091000", "preference", "KR", "2.3%"),
        ]


def test_taric_text_gives_kinds_areas_quotas_and_company_codes() -> None:
    rows = readers.read("taric-text", TARIC)

    assert [
        (r.code, r.kind, r.origin_area, r.order_number, r.additional_code, r.expression) for r in rows
    ] == [
        ("0805102200", "third_country_duty", "ERGA OMNES", "", "", "16.000 % + 7.100 EUR / 100 kg"),
        ("0805102200", "quota", "EU:2005", "091234", "", "0.000 %"),
        ("8712003000", "anti_dumping", "CN", "", "C999", "48.500 %"),
    ]
    assert (rows[0].valid_from, rows[0].valid_to) == (date(2026, 12, 1), date(2027, 3, 31))


def test_the_uk_api_gives_papers_groups_and_days_in_both_forms() -> None:
    raw = shared("data/uk_tariff_api_sample_commodity_0702000007.json").read_bytes()
    areas = base.Areas()
    first = readers.read("uk-api", raw, areas=areas)[0]
    document = {
        "data": {
            "id": "1", "type": "commodity", "attributes": {"goods_nomenclature_item_id": "0702000007"},
            "relationships": {"import_measures": {"data": [{"id": "9", "type": "measure"}]}},
        },
        "included": [
            {"id": "9", "type": "measure", "attributes": {"effective_start_date": "2021-01-01T00:00:00.000Z"},
             "relationships": {
                 "measure_type": {"data": {"id": "103", "type": "measure_type"}},
                 "duty_expression": {"data": {"id": "d", "type": "duty_expression"}},
                 "geographical_area": {"data": {"id": "1011", "type": "geographical_area"}}}},
            {"id": "d", "type": "duty_expression", "attributes": {"base": "8.00 %"}},
        ],
    }  # fmt: skip

    folded = readers.read("uk-api", json.dumps(document).encode())

    assert (first.kind, first.origin_area, first.papers) == ("preference", "GB:1006", ("U088",))
    assert (first.valid_from, first.valid_to) == (date(2021, 1, 1), date(2021, 3, 31))
    assert areas.members["GB:1006"][1][0] == "GB"
    assert [(r.code, r.kind, r.origin_area, r.expression) for r in folded] == [
        ("0702000007", "third_country_duty", "ERGA OMNES", "8.00 %")
    ]


def test_a_season_that_crosses_the_new_year_does_not_meet_the_summer() -> None:
    head = b"geographical_area_id,goods_nomenclature_item_id,measure_type_id,from,to,duty\n"
    fine = head + b"AU,0702000000,142,15/05,31/10,10.5%\nAU,0702000000,142,01/11,14/05,6%\n"

    rows = readers.read("uk-seasonal", fine)

    assert [(row.season_from, row.season_to) for row in rows] == [("05-15", "10-31"), ("11-01", "05-14")]
    with pytest.raises(readers.BadFile, match="row 3, valid_from: the validity overlaps that of row 2"):
        readers.read("uk-seasonal", fine.replace(b"01/11", b"31/10"))


@pytest.mark.parametrize(
    ("name", "raw", "row", "column"),
    [
        ("own-csv", HEAD + b"610910,third_country_duty,ERGA OMNES,12%", 2, "row"),
        ("own-csv", HEAD + b'610910,"third_country_duty,ERGA OMNES,12%,,\n', 2, "row"),
        ("own-csv", "código,kind\n".encode("latin-1") + HEAD, 1, "encoding"),
        ("own-csv", HEAD + b"610910,vat,ERGA OMNES,caf\xe9,,\n", 2, "encoding"),
        ("usitc-csv", b"HTS Number,Indent\n1,2\n", 1, "General Rate of Duty"),
        ("usitc-json", json.dumps(HTS).encode()[:-20], 1, "file"),
        ("usitc-json", b'{"a": 1}', 0, "file"),
        ("usitc-database", b"hts8,mfn_text_rate,begin_effect_date\n01012100,Free,2012-13-40\n", 2, "begin_effect_date"),
        ("uk-api", b"{}", 0, "import_measures"),
        ("uk-api", b'{"goods_nomenclature_item_id": "1", "import_measures": [{"id": 1}]}', 1, "measure"),
        ("uk-api", b'{"data": {"id": "1"}, "included": ["measure"]}', 0, "data"),
        ("uk-api", b'{"data": {"id": "1", "relationships": {"a": {"data": "9"}}}}', 0, "data"),
        ("taric-text", TARIC.replace(b"01-12-2026", b"1 Dec 2026", 1), 2, "Start date"),
        ("taric-text", TARIC.replace(b"Origin code", b"Origin"), 1, "Origin code"),
        ("uk-seasonal", b"geographical_area_id,goods_nomenclature_item_id,measure_type_id,from,to,duty\nAU,07,142,99/99,1/1,1%\n", 2, "from"),
        ("own-csv", HEAD + b"610910,third_country_duty,ERGA OMNES,12%,2026-05-01,2026-04-01\n", 2, "valid_to"),
        ("own-csv", HEAD + b"610910,magic,ERGA OMNES,12%,,\n", 2, "kind"),
        ("own-csv", HEAD + b"6109AB,vat,ERGA OMNES,12%,,\n", 2, "code"),
        ("nothing", b"", 0, "format"),
        ("own-csv", b"", 1, "code"),
    ],
)  # fmt: skip
def test_a_broken_file_is_refused_with_row_and_column(name: str, raw: bytes, row: int, column: str) -> None:
    with pytest.raises(readers.BadFile) as problem:
        readers.read(name, raw)

    assert (problem.value.faults[0].row, problem.value.faults[0].column) == (row, column)
    assert problem.value.faults[0].words


class _Endless(io.RawIOBase):
    """A file of a gigabyte that nobody has to keep."""

    def __init__(self, line: bytes) -> None:
        self.line, self.given = line, 0

    def read(self, size: int = -1) -> bytes:
        head = HEAD if not self.given else b""
        data = head + self.line * (max(size, len(self.line)) // len(self.line))
        data = data[:size]
        self.given += len(data)
        return data


def test_a_gigabyte_is_refused_before_it_is_read_or_soon_after(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(base, "MAX_BYTES", 1_000_000)
    endless = _Endless(b"610910,third_country_duty,ERGA OMNES,12%,,\n" * 100)

    with pytest.raises(readers.BadFile, match="larger than 1 MB"):
        readers.read("own-csv", endless, size=1_000_000_000)  # type: ignore[arg-type]
    assert endless.given == 0
    with pytest.raises(readers.BadFile, match="larger than 1 MB"):
        readers.read("own-csv", endless)  # type: ignore[arg-type]
    assert endless.given < 1_200_000


def test_progress_is_told_while_the_file_is_read() -> None:
    raw = HEAD + b"".join(b"%010d,third_country_duty,ERGA OMNES,12%%,,\n" % n for n in range(4_000))
    told: list[tuple[int, int]] = []

    readers.read("own-csv", raw, progress=lambda rows, share: told.append((rows, share)))

    assert [rows for rows, _share in told] == list(range(500, 4_001, 500))
    assert told[0][1] < told[-1][1] == 100


def _own(*rows: str) -> list[readers.TariffRow]:
    return readers.read("own-csv", HEAD + "\n".join(rows).encode() + b"\n")


def test_gaps_unknown_codes_and_jumps_are_shown_to_a_person() -> None:
    rows = _own(
        "61091000,third_country_duty,ERGA OMNES,12%,2026-01-01,2026-03-31",
        "61091000,third_country_duty,ERGA OMNES,30%,2026-05-01,",
        "99990000,third_country_duty,ERGA OMNES,1%,,",
        "61099999,third_country_duty,ERGA OMNES,1%,,",
    )
    now = {rows[0].subject: "12%"}

    assert checks.gaps(rows) == ["61091000: 2026-03-31 – 2026-05-01"]
    assert checks.unknown(rows, frozenset({"610910"})) == ["61099999"]
    assert checks.jumps(rows, now) == ["61091000: 12% → 30%"]


@pytest.mark.django_db
def test_a_file_whose_rates_all_jump_is_refused() -> None:
    rows = _own(*(f"{610000 + n},third_country_duty,ERGA OMNES,99%,," for n in range(30)))

    with pytest.raises(readers.BadFile, match="30 of 30 rates move by more than 10 points"):
        checks.examine(rows, {row.subject: "5%" for row in rows})
