"""Starts the worker of the queue "carriers": `python -m logistics.carriers.worker`.

It alone may load the carriers' SDK. One process that is ended when a call hangs, and renewed now and then.
"""

from __future__ import annotations

import os
import sys

from logistics.carriers.live import PROCESS, QUEUE

WORDS = (
    "-m celery -A marketplace worker --loglevel INFO --pool prefork --concurrency 1 "
    f"--max-tasks-per-child 500 --without-gossip --without-mingle -Q {QUEUE} -n {QUEUE}@%h"
)


def main() -> None:
    """Become the worker."""
    os.environ[PROCESS] = "1"
    os.execv(sys.executable, [sys.executable, *WORDS.split(), *sys.argv[1:]])  # noqa: S606


if __name__ == "__main__":
    main()
