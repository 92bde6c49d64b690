"""Names of the places that ways join."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext as _

from logistics import network
from marketplace.templatetags.ui import country

register = template.Library()


@register.filter
def place_name(node: str) -> str:
    """Name the end of a way: a hub by its name, a town with its country, or a whole country."""
    code, colon, town = node.partition(":")
    if not colon:
        return network.current().hubs.get(node, node)
    if town == "*":
        return _("anywhere in %(country)s") % {"country": country(code)}
    return f"{town}, {country(code)}"
