"""Declarations, holds and screening."""

from __future__ import annotations
