"""Template tags of the house: money, weight, date, status, icons, planks."""

from __future__ import annotations

from django import template

register = template.Library()
