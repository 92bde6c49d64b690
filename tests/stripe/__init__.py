"""Stripe's own description of its API, and what compares us with it."""

from __future__ import annotations
