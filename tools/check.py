"""Run every test that can run here, and say in plain words which could not."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FAILED, FEW = 1, 6  # pytest's word for failed tests; more than a few are no matter of a busy machine
sys.path.insert(0, str(ROOT))


def chromium() -> str:
    """Find a Chromium, or return nothing."""
    if path := os.environ.get("CHROMIUM"):
        return path
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"):
        if found := shutil.which(name):
            return found
    cache = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH", Path.home() / ".cache" / "ms-playwright"))
    return next((str(one) for one in sorted(cache.glob("chromium*/chrome-*/chrome"))), "")


def main() -> int:
    """Run pytest on two processes, with the browser when there is one."""
    from marketplace import env, services

    var = Path(env.text("VAR_DIR", str(ROOT / "var")))
    before = {server.name for server in services.embedded(var) if server.running()}
    browser = chromium()
    environment = {**os.environ, "CHROMIUM": browser} if browser else dict(os.environ)
    words = [sys.executable, "-m", "pytest", "-q", "-n", os.environ.get("TEST_PROCESSES", "2")]
    skip = [] if browser else ["-m", "not browser"]
    try:
        result = subprocess.run(
            [*words, *skip, *sys.argv[1:]], cwd=ROOT, env=environment, check=False
        ).returncode
        if result == FAILED and not sys.argv[1:]:
            result = once_more(environment, skip)
        if not browser:
            say_what_was_left_out()
    finally:
        for server in services.embedded(var):
            if server.name not in before:
                server.stop()
    return result


def once_more(environment: dict[str, str], skip: list[str]) -> int:
    """Run the little that failed beside another process once more, alone; a true fault fails again."""
    kept = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
    failed = list(json.loads(kept.read_text(encoding="utf-8"))) if kept.exists() else []
    if not 0 < len(failed) <= FEW:
        return FAILED
    print("\nONCE MORE, ALONE:", *failed, sep="\n  ", flush=True)
    words = [sys.executable, "-m", "pytest", "-q", "--last-failed", "--last-failed-no-failures", "none"]
    return subprocess.run([*words, *skip], cwd=ROOT, env=environment, check=False).returncode


def say_what_was_left_out() -> None:
    """Count the browser tests and name the way to a browser."""
    found = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "--collect-only", "-m", "browser", "-p", "no:randomly"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    ).stdout
    match = re.search(r"(\d+)(?:/\d+)? tests? (?:collected|selected)", found)
    print(f"\nNOT RUN: {match[1] if match else 0} browser tests, because no Chromium was found.")
    print("Install one (Debian: apt-get install chromium), or name one: make test CHROMIUM=/path/to/chromium")


if __name__ == "__main__":
    sys.exit(main())
