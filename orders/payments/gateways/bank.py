"""The manual bank rail: the files that an operator hands to the bank, as CSV and as ISO 20022 pain.001."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from marketplace.kit.money import total
from orders.payments import iban
from orders.payments.models import BankAccount, Payout
from orders.payments.statement import cell

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"


def _account(payout: Payout) -> BankAccount:
    """Give where the money goes; a payout of the payment service does not belong into a bank's file."""
    if payout.bank_account is None:
        raise ValueError(f"{payout.number} is not paid by the bank")
    return payout.bank_account


def as_csv(payouts: Sequence[Payout]) -> bytes:
    """Write one row per payout."""
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow(["number", "holder", "account", "bic", "country", "amount", "currency"])
    for payout in payouts:
        to = _account(payout)
        sheet.writerow(
            [
                payout.number, cell(to.holder), cell(to.account), cell(to.bic), to.country,
                payout.money.rounded().amount, payout.currency,
            ]
        )  # fmt: skip
    return out.getvalue().encode("utf-8")


def _add(parent: Element, path: str, text: str = "", **attributes: str) -> Element:
    for name in path.split("/"):
        parent = SubElement(parent, name)
    parent.text = text or None
    parent.attrib.update(attributes)
    return parent


def pain_001(payouts: Sequence[Payout], *, at: datetime) -> bytes:
    """Write a customer credit transfer: one group per currency, our payout number as end-to-end id."""
    document = Element("Document", xmlns=NAMESPACE)
    order = SubElement(document, "CstmrCdtTrfInitn")
    head = SubElement(order, "GrpHdr")
    _add(head, "MsgId", f"SAMPAN-{at:%Y%m%d%H%M%S}")
    _add(head, "CreDtTm", at.strftime("%Y-%m-%dT%H:%M:%S"))
    _add(head, "NbOfTxs", str(len(payouts)))
    _add(head, "InitgPty/Nm", "Sampan")
    for currency in sorted({payout.currency for payout in payouts}):
        rows = [payout for payout in payouts if payout.currency == currency]
        group = SubElement(order, "PmtInf")
        _add(group, "PmtInfId", f"{at:%Y%m%d%H%M%S}-{currency}")
        _add(group, "PmtMtd", "TRF")
        _add(group, "NbOfTxs", str(len(rows)))
        _add(group, "CtrlSum", f"{total((row.money for row in rows), currency).rounded().amount}")
        _add(group, "ReqdExctnDt/Dt", f"{at:%Y-%m-%d}")
        _add(group, "Dbtr/Nm", "Sampan")
        _add(group, "DbtrAcct/Id/Othr/Id", f"SAMPAN-{currency}")
        _add(group, "DbtrAgt/FinInstnId/Othr/Id", "NOTPROVIDED")
        for payout in rows:
            _transfer(group, payout)
    body: bytes = tostring(document, encoding="utf-8")
    return b'<?xml version="1.0" encoding="UTF-8"?>\n' + body


def _transfer(group: Element, payout: Payout) -> None:
    to = _account(payout)
    line = SubElement(group, "CdtTrfTxInf")
    _add(line, "PmtId/EndToEndId", payout.number)
    _add(line, "Amt/InstdAmt", str(payout.money.rounded().amount), Ccy=payout.currency)
    if to.bic:
        _add(line, "CdtrAgt/FinInstnId/BICFI", to.bic)
    _add(line, "Cdtr/Nm", to.holder)
    where = "CdtrAcct/Id/IBAN" if to.country in iban.LENGTHS else "CdtrAcct/Id/Othr/Id"
    _add(line, where, to.account)
    _add(line, "RmtInf/Ustrd", payout.number)
