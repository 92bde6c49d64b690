"""Servers that a checkout runs for itself when nobody gave it an address."""

from __future__ import annotations
