"""`python -m marketplace.sandbox --port 8090`: the outside world as its own process."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from marketplace import env, services
from marketplace.sandbox.app import Sandbox


def main() -> None:
    """Serve until told to stop; never beside real money unless told twice."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=8090)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument(
        "--allow-sandbox", action="store_true", help="second word of consent when DEBUG is off"
    )
    words = parser.parse_args()
    if not env.flag("DEBUG", default=True) and not (env.flag("ALLOW_SANDBOX") and words.allow_sandbox):
        sys.exit("DEBUG is off: the sandbox starts only with ALLOW_SANDBOX=1 and --allow-sandbox, both.")
    found = services.database(Path(env.text("VAR_DIR", str(env.BASE_DIR / "var"))))
    database = {
        "dbname": found["NAME"],
        "user": found["USER"],
        "password": found["PASSWORD"],
        "host": found["HOST"],
        "port": found["PORT"] or None,
    }
    site = env.text("SITE_ADDRESS", "http://127.0.0.1:8000")
    sandbox = Sandbox(database, port=words.port, site=site, host=words.host)
    stopping = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopping.set())
    sandbox.start()
    sys.stdout.write(f"The outside world answers at {sandbox.address}/\n")
    stopping.wait()
    sandbox.stop()


if __name__ == "__main__":
    main()
