"""PostgreSQL and Valkey for this process: addresses from the environment, else servers of our own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from marketplace import env
from marketplace.embedded.postgres import Postgres
from marketplace.embedded.server import Server
from marketplace.embedded.valkey import Valkey


def database(var: Path) -> dict[str, Any]:
    """Return Django's settings for DATABASE_URL, else for the server under `var/`, started when needed."""
    url = urlsplit(env.text("DATABASE_URL") or Postgres(var).url())
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": url.path.lstrip("/"),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
        # The indexes stay in memory: without this the planner reads whole tables for a word that many have.
        "OPTIONS": {"options": "-c random_page_cost=1.1"},
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
    }


def broker(var: Path) -> str:
    """Return REDIS_URL, else the address of the server under `var/`, started when needed."""
    return env.text("REDIS_URL") or Valkey(var).url()


def embedded(var: Path) -> list[Server]:
    """Name the servers that this checkout keeps itself."""
    servers: list[Server] = []
    if not env.text("DATABASE_URL"):
        servers.append(Postgres(var))
    if not env.text("REDIS_URL"):
        servers.append(Valkey(var))
    return servers


def main(word: str) -> None:
    """`python -m marketplace.services start|stop|status` for this checkout."""
    for server in embedded(Path(env.text("VAR_DIR", str(env.BASE_DIR / "var")))):
        if word == "stop":
            server.stop()
        elif word == "start":
            server.url()
        state = "running" if server.running() else "stopped"
        sys.stdout.write(f"{server.name}: {state}\n")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "status")
