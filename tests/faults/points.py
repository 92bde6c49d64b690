"""Points inside the product at which a process can be killed or slowed down, from outside, once.

The harness writes `name:when:what` into the file `point` of the data folder; the first process that comes by
takes the file away and does what it says.
"""

from __future__ import annotations

import functools
import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, Final

# Name of the point: where the function is looked up. A dot inside the second word is a class.
PLACES: Final[dict[str, tuple[str, str]]] = {
    "order": ("orders.actions.placing", "_placed"),
    "payment row": ("orders.payments.actions.checkout", "_prepare"),
    "page": ("orders.payments.gateways.stripe", "StripeGateway.open_page"),
    "look-up": ("orders.payments.gateways.stripe", "StripeGateway.look_up"),
    "capture": ("orders.payments.actions.checkout", "record_capture"),
    "booking": ("orders.payments.books", "post"),
    "transfer": ("orders.payments.gateways.stripe", "StripeGateway.transfer"),
}
POINTS: Final = [f"{name}:{when}" for name in list(PLACES)[:6] for when in ("before", "after")]


def _file() -> Path:
    return Path(os.environ["VAR_DIR"], "point")


def arm(point: str, what: str = "kill") -> None:
    """Let the next process that comes by this point die (`kill`) or wait (`sleep`)."""
    fresh = _file().with_suffix(".new")
    fresh.write_text(f"{point}:{what}")
    fresh.rename(_file())


def armed() -> bool:
    """Tell whether nobody came by yet."""
    return _file().exists()


def disarm() -> None:
    """Take the point away."""
    _file().unlink(missing_ok=True)


def pass_by(point: str) -> None:
    """Die or wait when this point is armed; one process only."""
    try:
        written = _file().read_text()
    except OSError:
        return
    name, _, what = written.rpartition(":")
    if name != point:
        return
    try:
        _file().unlink()
    except OSError:
        return  # another process was faster
    if what == "sleep":
        time.sleep(2)
    else:
        os.kill(os.getpid(), signal.SIGKILL)


def put_in_place() -> None:
    """Wrap the functions in the programs that the house starts; the harness itself never dies of them."""
    if not os.environ.get("FAULT_POINTS"):
        return
    if skew := int(os.environ.get("FAULT_SKEW", "0")):
        _set_clock(skew)
    for name, (module, path) in PLACES.items():
        owner: Any = import_module(module)
        *classes, last = path.split(".")
        for one in classes:
            owner = getattr(owner, one)
        if hasattr(owner, last):
            setattr(owner, last, _watched(name, getattr(owner, last)))


def _set_clock(seconds: int) -> None:
    """Let this program's clock be wrong by so many seconds."""
    from django.utils import timezone

    right_now, right_time = timezone.now, time.time
    timezone.now = lambda: right_now() + timedelta(seconds=seconds)
    time.time = lambda: right_time() + seconds


def _watched(name: str, work: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(work)
    def watched(*args: Any, **words: Any) -> Any:
        pass_by(f"{name}:before")
        found = work(*args, **words)
        pass_by(f"{name}:after")
        return found

    return watched
