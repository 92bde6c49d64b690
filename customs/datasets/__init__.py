"""Declarations as the authorities read them, from frozen rows: complete by our field rules, or refused."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from customs.datasets import ens, h7, itmatt, sad
from customs.datasets.fields import Field
from customs.datasets.fields import faults as field_faults
from customs.datasets.parties import words
from customs.describing import judge
from customs.models import Declaration
from customs.refusals import DeclarationIncomplete


@dataclass(frozen=True, slots=True)
class Form:
    """One data set: how it is written, which rules it keeps, how its file looks."""

    name: str
    title: str
    write: Callable[[Declaration], dict[str, Any]]
    rules: Sequence[Field]
    as_file: Callable[[dict[str, Any]], bytes]
    media_type: str = "application/json"


def _json(given: dict[str, Any]) -> bytes:
    return json.dumps(given, indent=1, ensure_ascii=False).encode()


FORMS: Final[dict[str, Form]] = {
    form.name: form
    for form in (
        Form("h7", "EU H7", h7.data, h7.RULES, _json),
        Form("ens", "ICS2 entry summary declaration", ens.data, ens.RULES, _json),
        Form("itmatt", "UPU ITMATT", itmatt.data, itmatt.RULES, _json),
        Form("sad", "ASYCUDA SAD", sad.data, sad.RULES, sad.xml, "application/xml"),
    )
}


def faults(declaration: Declaration, form: str) -> list[str]:
    """Name the fields that an authority would refuse in this data set, each with its reason."""
    one = FORMS[form]
    found = field_faults(one.write(declaration), one.rules)
    found += [
        f"item {line.position}: goods description is too vague"
        for line in declaration.lines.all()
        if judge(words(line)).is_vague
    ]
    return found


def complete(declaration: Declaration, form: str) -> dict[str, Any]:
    """Write a data set, or refuse with every field that is missing or wrong."""
    one = FORMS[form]
    if found := faults(declaration, form):
        raise DeclarationIncomplete(form=one.title, number=declaration.number, faults=found)
    return one.write(declaration)


def file_of(declaration: Declaration, form: str) -> bytes:
    """Write the data set as its file, or refuse."""
    return FORMS[form].as_file(complete(declaration, form))
