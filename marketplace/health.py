"""Is every part alive? Asked by monitors, by `make run` and by load balancers."""

from __future__ import annotations

from typing import Final

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import never_cache
from redis.exceptions import RedisError

HEARTBEAT: Final = "worker-heartbeat"
PATIENCE_SECONDS: Final = 60


def beat_heart() -> None:
    """Note that a worker took up work just now; the broker's own clock forgets it, ours may be wrong."""
    cache.set(HEARTBEAT, "here", timeout=PATIENCE_SECONDS)


def database() -> str:
    """Ask the database for one."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "down"
    return "ok"


def broker_and_worker() -> tuple[str, str]:
    """Ask the broker when a worker was last heard of."""
    try:
        beat = cache.get(HEARTBEAT)
    except (RedisError, OSError):
        return "down", "unknown"
    return "ok", "ok" if beat else "down"


def rates_of() -> str | None:
    """Return the day of the exchange rates in use."""
    from marketplace.currency import rates

    try:
        return rates.current().as_of.isoformat()
    except DatabaseError:
        return None


@never_cache
def healthz(request: HttpRequest) -> JsonResponse:  # noqa: ARG001
    """Answer 200 when all parts are well, else 503 and which part is not."""
    broker, worker = broker_and_worker()
    parts: dict[str, str | None] = {"database": database(), "broker": broker, "worker": worker}
    well = all(state == "ok" for state in parts.values())
    body = {"status": "ok" if well else "down", **parts}
    body["rates_of"] = rates_of() if parts["database"] == "ok" and broker == "ok" else None
    return JsonResponse(body, status=200 if well else 503)
