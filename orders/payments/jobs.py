"""When the payout job last ran: a job that nobody starts pays nobody, so its absence is shown and told."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.core.cache import cache
from redis.exceptions import RedisError

KEY: Final = "ran:pay-sellers"
PATIENCE: Final = timedelta(minutes=15)
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """The job's last run; `late` when it is missing for longer than three of its rounds."""

    ran_at: datetime | None
    late: bool


def note_payout_job(at: datetime) -> None:
    """Keep that the payout job ran."""
    try:
        cache.set(KEY, at.isoformat(), timeout=30 * 86_400)
    except (OSError, RedisError):
        log.warning("The cache cannot be reached; the run of the payout job is not kept.")


def payout_job(at: datetime) -> Job:
    """Say when the payout job last ran, and whether it is late."""
    try:
        found: str | None = cache.get(KEY)
    except (OSError, RedisError):
        found = None
    ran_at = datetime.fromisoformat(found) if found else None
    return Job(ran_at, ran_at is None or at - ran_at > PATIENCE)
