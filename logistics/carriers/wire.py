"""How requests to live carriers leave this process: the SDK loaded safely, time limits, and what was sent."""

from __future__ import annotations

import importlib
import os
import ssl
import threading
import urllib.request
import warnings
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooSlow
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar
from urllib.error import HTTPError, URLError

from PIL import ImageFile

from logistics.carriers.live import PROCESS

Found = TypeVar("Found")
ONE_REQUEST: Final = 8.0  # seconds for one HTTP request
ONE_CALL: Final = 20.0  # seconds for all requests of one call, sign-in included


class WrongProcess(RuntimeError):
    """Something outside the carriers' worker asked for the SDK."""


@dataclass
class Wire:
    """What went over the wire during one call: method, address, and the status or the name of the trouble."""

    sent: list[tuple[str, str, int | str]] = field(default_factory=list)

    @property
    def orders(self) -> list[int | str]:
        """How each request ended that could have ordered something: a POST that is no sign-in."""
        return [how for method, url, how in self.sent if method == "POST" and "oauth" not in url]


class _State:
    wire = Wire()
    sdk: Any = None


_one_at_a_time: Final = threading.RLock()
_hands: Final = ThreadPoolExecutor(max_workers=4, thread_name_prefix="carriers")


def load() -> Any:
    """Import the SDK once; certificate checks are as before afterwards, and every request has its limit."""
    if not os.environ.get(PROCESS):
        raise WrongProcess("Only the worker of the queue “carriers” may load the carriers' SDK.")
    with _one_at_a_time:
        if _State.sdk is None:
            # The SDK replaces exactly these two: unchecked certificates, and half a picture as a whole one.
            checks = ssl._create_default_https_context  # noqa: SLF001
            halves = ImageFile.LOAD_TRUNCATED_IMAGES
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    _State.sdk = importlib.import_module("karrio.sdk")
                    helpers = importlib.import_module("karrio.core.utils.helpers")
                    importlib.import_module("loguru").logger.disable("karrio")
                    _State.sdk.gateway["mydhl"]
            finally:
                ssl._create_default_https_context = checks  # noqa: SLF001
                ImageFile.LOAD_TRUNCATED_IMAGES = halves
            vars(helpers)["_urlopen_with_span"] = open_once
        return _State.sdk


class _Whole:
    """An answer read to its end."""

    def __init__(self, answer: Any) -> None:
        self._body: bytes = answer.read()
        self.status, self.headers, self.url = answer.status, answer.headers, answer.url

    def read(self) -> bytes:
        return self._body

    def __enter__(self) -> _Whole:
        return self

    def __exit__(self, *_trouble: object) -> None:
        return None


def open_once(request: urllib.request.Request, timeout: float | None = None) -> _Whole:
    """Send one request once, within its time, and note how it ended."""
    wire, what = _State.wire, (request.get_method(), request.full_url)
    try:
        with urllib.request.urlopen(request, timeout=min(timeout or ONE_REQUEST, ONE_REQUEST)) as answer:  # noqa: S310
            whole = _Whole(answer)
    except HTTPError as answer:
        wire.sent.append((*what, answer.code))
        raise
    except OSError as trouble:
        reason = trouble.reason if isinstance(trouble, URLError) else trouble
        wire.sent.append((*what, "refused" if isinstance(reason, ConnectionRefusedError) else "silent"))
        raise
    wire.sent.append((*what, whole.status))
    return whole


def called(work: Callable[[], Found]) -> tuple[Found, Wire]:
    """Do one call within its whole time; what is still under way then is left behind."""
    with _one_at_a_time:
        wire = _State.wire = Wire()
        given = _hands.submit(work)
        try:
            return given.result(ONE_CALL), wire
        except TooSlow:
            wire.sent.append(("POST", "", "silent"))
            raise Broken("no answer in time", wire) from None
        except Exception as trouble:
            raise Broken(f"{type(trouble).__name__}: {trouble}"[:200], wire) from trouble


class Broken(Exception):
    def __init__(self, words: str, wire: Wire) -> None:
        super().__init__(words)
        self.wire = wire
