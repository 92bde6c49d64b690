"""What a fact is called at the desks, where a desk has no words of its own for it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from orders import timeline


def told(name: str, own: Mapping[str, tuple[str, Any]]) -> tuple[str, str]:
    """Give icon and words of a fact: the desk's own, else the order page's, else its name as words."""
    if name in own:
        icon, words = own[name]
        return icon, str(words)
    if name in timeline.WORDS:
        return "circle-dashed", str(timeline.WORDS[name][0])
    return "circle-dashed", re.sub(r"(?<!^)(?=[A-Z])", " ", name).capitalize()
