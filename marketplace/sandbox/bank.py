"""The bank: a payment file (pain.001) in, a day's statement (camt.053) out."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from html import escape
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import ParseError, fromstring

from marketplace.sandbox.store import Box, Thing
from marketplace.sandbox.web import Answer, Request, json_answer


def answer(box: Box, request: Request) -> Answer:
    """Take a payment file or give the statement."""
    if request.path == "/bank/payments/" and request.method == "POST":
        return take(box, request.body)
    if request.path == "/bank/statement/":
        return Answer(statement(box), 200, "application/xml")
    return json_answer({"title": "No such address at the bank."}, 404)


def take(box: Box, body: bytes) -> Answer:
    """Book every transfer of the file once, by its end-to-end number; refuse a file with a mistake whole."""
    try:
        root: Element = fromstring(body)
        rows = [_transfer(one) for one in root.iter() if one.tag.endswith("}CdtTrfTxInf")]
    except (ParseError, ValueError, InvalidOperation) as problem:
        return json_answer({"title": f"The file cannot be read: {problem}"}, 400)
    known = {one["end_to_end"] for one in box.all("bank_transfer")}
    fresh = [row for row in rows if row["end_to_end"] not in known]
    for row in fresh:
        box.new("bnk", "bank_transfer", **row)
    return json_answer({"accepted": len(fresh), "known_before": len(rows) - len(fresh)}, 202)


def _transfer(row: Element) -> Thing:
    def text(name: str) -> str:
        found = next((one.text for one in row.iter() if one.tag.endswith(f"}}{name}")), None)
        if not found:
            raise ValueError(f"{name} is missing")
        return found.strip()

    amount = next(one for one in row.iter() if one.tag.endswith("}InstdAmt"))
    value = Decimal(amount.text or "")
    if value <= 0:
        raise ValueError("an amount is not positive")
    account = next((one.text for one in row.iter() if one.tag.endswith("}IBAN")), None) or ""
    return {
        "end_to_end": text("EndToEndId"),
        "amount": str(value),
        "currency": amount.get("Ccy", ""),
        "account": account,
        "name": text("Nm"),
    }


def differ(box: Box, kind: str, source: str) -> bool:
    """Make the statement differ from what was sent to the bank, to see whether the shop's books notice."""
    row = next(iter(box.all("bank_transfer", end_to_end=source)), None)
    if kind == "missing_here":
        box.new(
            *("bnk", "bank_transfer"), end_to_end="NOT-OURS-1", amount="7.77", currency="EUR", account="",
            name="Nobody",
        )  # fmt: skip
    elif row is None:
        return False
    elif kind == "missing_there":
        box.cursor.execute("DELETE FROM sandbox.thing WHERE id = %s", [row["id"]])
    elif kind == "amount":
        box.save({**row, "amount": str(Decimal(row["amount"]) + Decimal("0.01"))})
    elif kind == "currency":
        box.save({**row, "currency": "USD" if row["currency"] != "USD" else "EUR"})
    elif kind == "duplicate":
        box.new(
            "bnk", "bank_transfer", **{k: v for k, v in row.items() if k not in {"id", "object", "created"}}
        )
    else:
        return False
    return True


def statement(box: Box) -> str:
    """Write all transfers as entries of one statement."""
    rows = box.all("bank_transfer")
    entries = "".join(
        f'<Ntry><NtryRef>{row["id"]}</NtryRef><Amt Ccy="{escape(row["currency"])}">{escape(row["amount"])}</Amt>'
        f"<CdtDbtInd>DBIT</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>{_day(row)}</Dt></BookgDt><NtryDtls>"
        f"<TxDtls><Refs><EndToEndId>{escape(row['end_to_end'])}</EndToEndId></Refs></TxDtls></NtryDtls></Ntry>"
        for row in reversed(rows)
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08">'
        f"<BkToCstmrStmt><GrpHdr><MsgId>STMT-{len(rows)}</MsgId></GrpHdr><Stmt><Id>1</Id>{entries}</Stmt>"
        "</BkToCstmrStmt></Document>"
    )


def _day(row: Thing) -> str:
    return datetime.fromtimestamp(row["created"], UTC).date().isoformat()
