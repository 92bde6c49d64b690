"""What a process keeps to save work: the newest answers, each under a key that names all it depends on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Kept(Generic[Value]):
    """The `most` values used last. Nothing ends by time: a changed basis makes another key."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._guard = Lock()

    def get(self, key: Hashable) -> Value | None:
        """Return what is kept under the key, or None."""
        with self._guard:
            value = self._values.get(key)
            if value is not None:
                self._values.move_to_end(key)
            return value

    def keep(self, key: Hashable, value: Value) -> Value:
        """Keep a value and return it; the one unused for longest makes room."""
        with self._guard:
            self._values[key] = value
            self._values.move_to_end(key)
            if len(self._values) > self._most:
                self._values.popitem(last=False)
        return value

    def forget(self) -> None:
        """Drop everything."""
        with self._guard:
            self._values.clear()

    def __len__(self) -> int:
        return len(self._values)
