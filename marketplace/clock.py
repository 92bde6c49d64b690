"""`python -m marketplace.clock FILE`: Celery's beat without the rooms, so without most of the memory.

It only rings: the names of tasks and their times stand in `marketplace.celery`, the rooms live in the worker.
"""

from __future__ import annotations

import contextlib
import sys
from typing import Final

from celery import Celery
from celery.apps.beat import Beat
from kombu.exceptions import OperationalError

from marketplace.celery import app

COPIED: Final = (
    "beat_schedule",
    "broker_url",
    "broker_transport_options",
    "broker_connection_retry_on_startup",
    "task_serializer",
    "task_ignore_result",
    "task_publish_retry_policy",
)


def clock() -> Celery:
    """Return an application that knows the broker and the schedule, and loads no room."""
    bare = Celery("clock", fixups=[], set_as_current=False)
    bare.conf.update({name: app.conf[name] for name in COPIED})
    return bare


def main(schedule: str) -> None:
    """Ring until told to stop; `schedule` is the file that remembers when each task was last due.

    The payout job is rung at once: what waited while the house was off is paid, and the desk sees it run.
    """
    bare = clock()
    with contextlib.suppress(OperationalError):
        bare.send_task(bare.conf.beat_schedule["pay-sellers"]["task"], expires=300)
    Beat(app=bare, schedule=schedule, loglevel="WARNING", quiet=True).run()


if __name__ == "__main__":
    main(sys.argv[1])
