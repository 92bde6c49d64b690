"""Typed readers of the environment; a value of the wrong kind stops the start with one sentence."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

BASE_DIR: Final = Path(__file__).resolve().parent.parent


class BadSetting(SystemExit):
    """An environment variable holds something that cannot be read."""


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default)


def flag(name: str, *, default: bool = False) -> bool:
    """Read yes/no; accepts 1, true, yes, on and their opposites."""
    value = os.environ.get(name, "").strip().lower()
    if not value:
        return default
    if value in {"1", "true", "yes", "on"}:
        return True
    if value in {"0", "false", "no", "off"}:
        return False
    raise BadSetting(f"{name} must be yes or no, not {value!r}.")


def number(name: str, default: int) -> int:
    value = os.environ.get(name, "").strip()
    try:
        return int(value) if value else default
    except ValueError:
        raise BadSetting(f"{name} must be a whole number, not {value!r}.") from None


def words(name: str, default: str = "") -> list[str]:
    return [part.strip() for part in os.environ.get(name, default).split(",") if part.strip()]


def pairs(name: str, default: str = "") -> dict[str, str]:
    """Read "A=1,B=2"."""
    return {
        key.strip(): value.strip()
        for key, _is, value in (part.partition("=") for part in words(name, default))
    }


def secret(name: str) -> str:
    """Return the variable, else a random value kept in `var/secrets/` for this checkout only."""
    if value := os.environ.get(name):
        return value
    if not flag("DEBUG", default=True):
        raise BadSetting(f"{name} must be set when DEBUG is off.")
    import secrets

    path = BASE_DIR / "var" / "secrets" / name.lower()
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        fresh = path.with_suffix(f".{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        fresh.unlink()
    return path.read_text()
