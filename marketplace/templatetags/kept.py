"""{% kept %}: a piece of a page drawn once for the same values, and shown again until a value is another."""

from __future__ import annotations

from collections.abc import Hashable
from datetime import date
from decimal import Decimal
from typing import Any, Final

from django import template
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import get_current_timezone_name
from django.utils.translation import get_language

from marketplace.kit.kept import Kept
from marketplace.kit.money import Money
from marketplace.kit.places import Place

register = template.Library()
MOST: Final = 2_000
# These are compared by what they say; anything else only by being the same object, which is kept beside.
PLAIN: Final = (str, int, bool, type(None), date, Decimal, Money, Place)
_pieces: Final = Kept[tuple[SafeString, tuple[object, ...]]](MOST)


@register.tag
def kept(parser: template.base.Parser, token: template.base.Token) -> KeptNode:
    """`{% kept "name" a b %}…{% endkept %}`: `a` and `b` must be all that the piece depends on.

    Language and time zone are always in the key. No token of a session may stand inside.
    """
    _tag, name, *values = token.split_contents()
    inside = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(name.strip("\"'"), [parser.compile_filter(value) for value in values], inside)


class KeptNode(template.Node):
    """Draws its inside, or shows what it drew before for the same values."""

    def __init__(
        self, name: str, values: list[template.base.FilterExpression], nodelist: template.NodeList
    ) -> None:
        self.name, self.values, self.nodelist = name, values, nodelist

    def render(self, context: template.Context) -> SafeString:
        values = tuple(value.resolve(context, ignore_failures=True) for value in self.values)
        key = (self.name, get_language(), get_current_timezone_name(), *map(mark, values))
        if known := _pieces.get(key):
            return known[0]
        drawn = mark_safe(self.nodelist.render(context))  # noqa: S308  drawn by the escaping engine
        others = tuple(value for value in values if not isinstance(value, PLAIN))
        return _pieces.keep(key, (drawn, others))[0]


def mark(value: Any) -> Hashable:
    """Name a value in a key: plain ones by type and content, others by identity."""
    return (type(value), value) if isinstance(value, PLAIN) else id(value)
