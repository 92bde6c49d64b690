"""Check requests, answers and events against Stripe's own description (OpenAPI, 2026-08-26.dahlia).

`openapi.json.gz` is a pruned copy: the operations that Sampan uses with all their parameters, and the objects
that come back. Its licence stands in `NOTICE.md`. Stripe's forms are loose text, so numbers and truth
values are read before they are compared.
"""

from __future__ import annotations

import builtins
import gzip
import json
import re
import sys
import typing
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Final, get_args, get_origin, get_type_hints

import stripe
from jsonschema import Draft4Validator

from marketplace.sandbox.web import nested

V2_ACCOUNT: Final = "stripe.params.v2.core._account_create_params.AccountCreateParams"
ERROR: Final = {"type", "message", "code", "param", "request_log_url", "charge", "decline_code"}
FILE: Final = Path(__file__).parent / "openapi.json.gz"


@cache
def spec() -> dict[str, Any]:
    with gzip.open(FILE) as file:
        return dict(json.load(file))


def operation(method: str, path: str) -> dict[str, Any] | None:
    """Find the description of an operation."""
    for pattern, methods in spec()["paths"].items():
        if re.fullmatch(re.sub(r"\{\w+\}", r"[^/]+", pattern), path) and method.lower() in methods:
            return dict(methods[method.lower()])
    return None


def read(value: Any, schema: dict[str, Any]) -> Any:  # noqa: PLR0911
    """Read the loose text of a form as the schema's kind, where it is one."""
    for option in schema.get("anyOf", ()):
        found = read(value, option)
        if Draft4Validator(option).is_valid(found):
            return found
    kind = schema.get("type")
    if kind == "integer" and isinstance(value, str) and re.fullmatch(r"-?\d+", value):
        return int(value)
    if kind == "number" and isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value)
    if kind == "boolean" and value in {"true", "false", "True", "False"}:
        return str(value).lower() == "true"
    if kind == "object" and isinstance(value, dict):
        known, other = schema.get("properties", {}), schema.get("additionalProperties")
        rest = other if isinstance(other, dict) else {}
        return {name: read(part, known.get(name, rest)) for name, part in value.items()}
    if kind == "array" and isinstance(value, list):
        return [read(part, schema.get("items", {})) for part in value]
    return value


def wrong_request(
    method: str, path: str, query: str, body: str, form: dict[str, Any] | None = None
) -> list[str]:
    """Say what is wrong with a request; an empty list is a request as described.

    `form` is the body of a request with files, part by part; a file stands in it by its name.
    """
    if path.startswith("/v2/"):
        return wrong_params(
            "stripe.params.v2.core._account_create_params.AccountCreateParams", json.loads(body)
        )
    described = operation(method, path)
    if described is None:
        return [f"{method} {path} is not described"]
    found: list[str] = []
    known = {p["name"]: p for p in described["parameters"] if p["in"] == "query"}
    for name, value in nested(query).items():
        if name not in known:
            found.append(f"query {name} is unknown")
        else:
            found += _errors(read(value, known[name]["schema"]), known[name]["schema"], name)
    described_body = described.get("body", {})
    if ("multipart" in described_body.get("type", "")) != (form is not None):
        found.append(f"{method} {path} is a form with files: {described_body.get('type')}")
    schema = described_body.get("schema", {})
    given = nested(body) if form is None else form
    return found + (_errors(read(given, schema), schema, "") if schema else [])


def _errors(value: Any, schema: dict[str, Any], where: str) -> list[str]:
    return [
        f"{where}{'.'.join(map(str, error.absolute_path))}: {error.message[:200]}"
        for error in Draft4Validator(schema).iter_errors(value)
    ]


@cache
def _answers() -> dict[str, Any]:
    """Translate OpenAPI's `nullable` and the expandable fields for a plain JSON Schema reader."""

    def plain(node: Any) -> Any:
        if isinstance(node, list):
            return [plain(part) for part in node]
        if not isinstance(node, dict):
            return node
        found = {key: plain(part) for key, part in node.items()}
        if found.pop("nullable", False):
            if "enum" in found:
                found["enum"] = [*found["enum"], None]
            return {"anyOf": [found, {"type": "null"}]}
        return found

    return {name: plain(schema) for name, schema in spec()["components"]["schemas"].items()}


def wrong_answer(kind: str, thing: Any) -> list[str]:
    """Say what is wrong with an object that the provider gives; `kind` names it as the description does."""
    schemas = {"components": {"schemas": _answers()}}
    validator = Draft4Validator({"$ref": f"#/components/schemas/{kind}", **schemas})
    return [
        f"{kind} {'.'.join(map(str, error.absolute_path))}: {_deepest(error)}"
        for error in validator.iter_errors(thing)
    ]


def _deepest(error: Any) -> str:
    inner = [one for one in error.context or () if "null" not in one.message[-20:]]
    if inner:
        best = max(inner, key=lambda one: len(one.absolute_path))
        return f"{'.'.join(map(str, best.absolute_path))} {_deepest(best)}"
    return str(error.message)[:200]


def kind_of(thing: dict[str, Any]) -> str:
    """Name the description of an object by its `object` field."""
    name = str(thing.get("object", ""))
    return f"deleted_{name}" if thing.get("deleted") else name


def wrong_things(body: Any) -> list[str]:
    """Check an answer: an object, the members of a list, or an error."""
    if "error" in body:
        loose = {
            "type",
            "message",
            "code",
            "param",
            "request_log_url",
            "charge",
            "decline_code",
            "payment_intent",
        }
        return [f"error {name} is unknown" for name in body["error"] if name not in loose]
    if body.get("object") == "list":
        names = set(body) ^ {"object", "url", "has_more", "data"}
        return [f"list: {sorted(names)}"] * bool(names) + [
            problem for one in body["data"] for problem in wrong_things(one)
        ]
    if str(body.get("object", "")).startswith("v2."):
        return []
    found = wrong_answer(kind_of(body), body)
    if body.get("object") == "event":
        inner = body["data"]["object"]
        found += wrong_answer(kind_of(inner), inner)
    return found


def wrong_params(name: str, params: dict[str, Any]) -> list[str]:
    """Compare parameters with stripe-python's own types: names, required ones, closed sets of words."""
    module, _, cls = name.rpartition(".")
    return _typed(getattr(import_module(module), cls), params, "")


class _Names(dict[str, Any]):
    """The names that the client's types use; those imported for a type checker only stand for anything."""

    def __missing__(self, name: str) -> Any:
        if hasattr(builtins, name):
            raise KeyError(name)
        return Any


@cache
def _hints(kind: Any) -> dict[str, Any]:
    names = _Names({**vars(typing), **vars(stripe), **vars(sys.modules[kind.__module__])})
    return get_type_hints(kind, None, names)


def _typed(kind: Any, value: Any, where: str) -> list[str]:  # noqa: PLR0911
    if hasattr(kind, "__required_keys__"):
        hints = _hints(kind)
        if not isinstance(value, dict):
            return [f"{where} is not a group of fields"]
        found = [f"{where}{name} is unknown" for name in value if name not in hints]
        found += [f"{where}{name} is missing" for name in kind.__required_keys__ if name not in value]
        return found + [
            problem
            for name, part in value.items()
            if name in hints
            for problem in _typed(hints[name], part, f"{where}{name}.")
        ]
    options = get_args(kind)
    origin = str(get_origin(kind))
    if "Required" in origin:
        return _typed(options[0], value, where)
    if "Literal" in origin and value not in options:
        return [f"{where} {value!r} is none of {options}"]
    if "list" in origin.lower() and isinstance(value, list):
        return [problem for one in value for problem in _typed(options[0], one, where)]
    if "Union" in origin:
        tries = [_typed(option, value, where) for option in options]
        return [] if not all(tries) else min(tries, key=len)
    return []
