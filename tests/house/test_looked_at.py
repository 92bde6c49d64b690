"""Every page that answers is looked at in a browser, or says why not."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver, resolve

from tests.browser.addresses import BY, LEFT_OUT

METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
# The sign-in's own addresses that a person can come to; its other ones belong to ways that are switched off.
ACCOUNTS = re.compile(
    "account_(login|signup|logout|email|change_password|reset_password)$|mfa_(index|list_webauthn)$"
)


def patterns(resolver: URLResolver, space: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Walk through every address with its name."""
    for one in resolver.url_patterns:
        if isinstance(one, URLResolver):
            yield from patterns(one, f"{one.namespace}:" if one.namespace else space)
        elif isinstance(one, URLPattern):
            yield f"{space}{one.name or one.pattern}", one


def answers_get(view: Callable[..., Any]) -> bool:
    """Look through the decorators of a view for the methods that it lets in."""
    step: Any = view
    while step is not None:
        for cell in getattr(step, "__closure__", None) or ():
            found = cell.cell_contents
            if isinstance(found, list | tuple) and found and set(map(str, found)) <= METHODS:
                return "GET" in found
        step = getattr(step, "__wrapped__", None)
    return True


def pages() -> dict[str, URLPattern]:
    """Every address of ours that answers to GET, and the sign-in's own."""
    found = {}
    for name, one in patterns(get_resolver()):
        theirs = name.startswith(("account_", "mfa_", "socialaccount", "usersessions", "admin:"))
        ours = not theirs and (":" in name or name in LEFT_OUT) and not name.startswith(("admin:", "djdt:"))
        if (ours or ACCOUNTS.match(name)) and answers_get(one.callback):
            found[name] = one
    return found


def looked_at() -> set[str]:
    """The names of all addresses in the lists."""
    names = set()
    for addresses in BY.values():
        for address in addresses:
            path = re.sub(r"{\w+}", "9", address.partition("?")[0])
            names.add(resolve(path).view_name)
    return names


def test_every_page_is_in_a_list_or_says_why_not():
    missing = set(pages()) - looked_at() - set(LEFT_OUT)

    assert missing == set()


def test_no_reason_is_given_for_a_page_that_is_looked_at_or_gone():
    assert set(LEFT_OUT) & looked_at() == set()
    assert set(LEFT_OUT) - {name for name, _ in patterns(get_resolver())} == set()


def test_addresses_that_only_take_a_form_are_told_apart():
    names = dict(patterns(get_resolver()))

    assert not answers_get(names["orders:cancel"].callback)
    assert answers_get(names["orders:detail"].callback)
