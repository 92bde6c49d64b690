"""United Kingdom: a commodity of the Trade Tariff API v2, as JSON:API or with its parts written inside."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from customs.tariffs.base import Areas, BadFile, Fault, TariffRow, Text, day, whole_json
from customs.tariffs.europe import MEASURE_TYPES, area_of

PLACE: Final = "GB"


def read(text: Text, areas: Areas) -> Iterator[TariffRow]:
    """Every duty among the commodity's import measures; groups of countries go to `areas`."""
    document = whole_json(text)
    many = document if isinstance(document, list) else [document]
    row = 0
    for one in many:
        if not isinstance(one, dict):
            raise BadFile(Fault(row, "commodity", "an object is expected"))
        commodity = _opened(row, one) if "data" in one else one
        code = str(commodity.get("goods_nomenclature_item_id") or "")
        measures = commodity.get("import_measures")
        if not code or not isinstance(measures, list):
            raise BadFile(Fault(row, "import_measures", "the commodity has no code or no list of measures"))
        for measure in measures:
            row += 1
            try:
                found = _row(row, code, measure, areas)
            except (TypeError, AttributeError, KeyError) as problem:
                raise BadFile(Fault(row, "measure", f"this measure is not whole: {problem}")) from problem
            if found is not None:
                yield found


def _row(row: int, code: str, measure: dict[str, Any], areas: Areas) -> TariffRow | None:
    kind = MEASURE_TYPES.get(str(measure["measure_type"]["id"]))
    expression = str((measure.get("duty_expression") or {}).get("base") or "").strip()
    if kind is None or not expression:
        return None
    place = measure["geographical_area"]
    area = area_of(str(place["geographical_area_id"]), PLACE)
    children = place.get("children_geographical_areas") or []
    if ":" in area:
        names = tuple(str(child["geographical_area_id"]) for child in children)
        areas.members[area] = (str(place.get("description") or area), names)
    documents = [str(found.get("document_code") or "") for found in measure.get("measure_conditions") or []]
    acts = measure.get("legal_acts") or []
    order, extra = measure.get("order_number") or {}, measure.get("additional_code") or {}
    return TariffRow(
        row, code, expression, kind, area,
        day(str(measure.get("effective_start_date") or "")[:10], row, "effective_start_date"),
        day(str(measure.get("effective_end_date") or "")[:10], row, "effective_end_date"),
        excluded=tuple(
            str(found["geographical_area_id"]) for found in measure.get("excluded_countries") or []
        ),
        papers=tuple(dict.fromkeys(filter(None, documents))),
        order_number=str(order.get("number") or ""),
        additional_code=str(extra.get("code") or ""),
        legal_ref=", ".join(str(act.get("regulation_code") or "") for act in acts)[:300],
    )  # fmt: skip


def _opened(row: int, document: dict[str, Any]) -> dict[str, Any]:
    """A JSON:API document as one commodity, or the fault that it is not whole."""
    try:
        return _unfolded(document)
    except (TypeError, AttributeError, KeyError) as problem:
        raise BadFile(Fault(row, "data", f"this commodity is not whole: {problem}")) from problem


def _unfolded(document: dict[str, Any]) -> dict[str, Any]:
    """A JSON:API document with its included parts written where they are referred to."""
    included: list[dict[str, Any]] = document.get("included") or []
    parts = {(str(part["type"]), str(part["id"])): part for part in included}

    def open_up(part: dict[str, Any], depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {"id": part.get("id"), **(part.get("attributes") or {})}
        for name, relation in (part.get("relationships") or {}).items():
            data = relation.get("data")
            if depth > 4 or data is None:
                continue
            many: list[dict[str, Any]] = data if isinstance(data, list) else [data]
            opened = [open_up(parts.get((str(one["type"]), str(one["id"])), one), depth + 1) for one in many]
            found[name] = opened if isinstance(data, list) else opened[0]
        return found

    data: Any = document["data"]
    if not isinstance(data, dict):
        raise BadFile(Fault(0, "data", "an object is expected"))
    commodity = open_up(data, 0)
    for measure in commodity.get("import_measures") or []:
        area = measure.get("geographical_area")
        if isinstance(area, dict):
            area.setdefault("geographical_area_id", area.get("id"))
    return commodity
