"""PostgreSQL and Valkey for this process: addresses from the environment (embedded servers follow)."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from marketplace import env


def database(var: Path) -> dict[str, Any]:  # noqa: ARG001
    """Return Django's settings for DATABASE_URL."""
    url = urlsplit(env.text("DATABASE_URL"))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.lstrip("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def broker(var: Path) -> str:  # noqa: ARG001
    return env.text("REDIS_URL")
