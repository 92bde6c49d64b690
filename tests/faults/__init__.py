"""Kill what can be killed, with real processes, and see whether the house holds."""

from __future__ import annotations
