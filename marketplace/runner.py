"""`make run`: prepare, start every process, wait until all is well, stop it all at Ctrl-C."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from types import FrameType
from typing import Final

from marketplace import env, services

ROOT: Final = env.BASE_DIR
PATIENCE: Final = 8.0  # seconds between asking a process to finish and ending it


def say(text: str) -> None:
    """Print at once, also into a pipe."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def free_from(port: int) -> int:
    """Return this port, or the next one that nobody holds."""
    for number in range(port, port + 200):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with contextlib.suppress(OSError):
                probe.bind((env.text("HOST", "127.0.0.1"), number))
                return number
    raise SystemExit(f"No free port between {port} and {port + 200}.")


def die_with_parent() -> None:
    """On Linux, let a child end when the runner was killed."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)


class House:
    """The processes of one `make run`; a crashed one is started again."""

    def __init__(self, var: Path, environment: dict[str, str], programs: dict[str, list[str]]) -> None:
        self.log = var / "log"
        self.log.mkdir(parents=True, exist_ok=True)
        self.environment = environment
        self.programs = programs
        self.children: dict[str, subprocess.Popen[bytes]] = {}
        self.passing: list[subprocess.Popen[bytes]] = []
        self.started: dict[str, float] = {}

    def start(self, name: str) -> None:
        """Start one process with its own log."""
        self.children[name] = self._spawn(name, self.programs[name], die_with_parent)
        self.started[name] = time.monotonic()

    def start_once(self, name: str, command: list[str]) -> None:
        """Start work that ends by itself; it gives way to everything else and is not started again."""
        self.passing.append(self._spawn(name, command, at_leisure))

    def _spawn(self, name: str, command: list[str], before: Callable[[], None]) -> subprocess.Popen[bytes]:
        with (self.log / f"{name}.log").open("ab") as log:
            return subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=before,  # noqa: PLW1509
            )

    def watch(self) -> None:
        """Start again what ended, at most every three seconds."""
        for name, child in self.children.items():
            if child.poll() is not None and time.monotonic() - self.started[name] > 3:
                say(f"{name} ended with {child.returncode}; starting it again (see {self.log / name}.log)")
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(child.pid, signal.SIGKILL)  # what it left behind
                self.start(name)

        for server in services.embedded(self.log.parent):
            if not server.running():
                say(f"{server.name} ended; starting it again (see {server.folder / 'log'})")
                server.url()

    def stop(self) -> None:
        """Ask all to finish, then insist; when this returns, none of their processes is left."""
        children = [*self.children.values(), *self.passing]
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                child.terminate()
        until = time.monotonic() + PATIENCE
        for child in children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.1, until - time.monotonic()))
        # A leader that has ended may leave helpers of its own behind: its whole group goes.
        for child in children:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.pid, signal.SIGKILL)
        until = time.monotonic() + PATIENCE
        for child in children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(max(0.1, until - time.monotonic()))
            while group_lives(child.pid) and time.monotonic() < until:
                time.sleep(0.02)


def group_lives(group: int) -> bool:
    """Tell whether a process of this group is left, ended ones that nobody collected aside."""
    for stat in Path("/proc").glob("[0-9]*/stat") if Path("/proc/self/stat").exists() else ():
        with contextlib.suppress(OSError, IndexError):
            state, _parent, its = stat.read_text().rsplit(")", 1)[1].split()[:3]
            if int(its) == group and state != "Z":
                return True
    return False


def programs(port: int, sandbox_port: int) -> dict[str, list[str]]:
    """Name each process and its command."""
    python = sys.executable
    found = {
        # Each worker loads the rooms itself: a master that holds them too costs more than it shares.
        "web": [
            *(python, "-m", "gunicorn", "marketplace.wsgi", "--workers", env.text("WEB_WORKERS", "2")),
            *("--threads", "4", "--bind", f"{env.text('HOST', '127.0.0.1')}:{port}", "--access-logfile", "-"),
            *("--worker-tmp-dir", "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"),  # noqa: S108
        ],
        # Threads instead of processes: the tasks wait for other companies and for the database.
        "worker": [
            *(python, "-m", "celery", "-A", "marketplace", "worker", "--loglevel", "INFO"),
            *("--pool", env.text("TASK_POOL", "threads"), "--concurrency", env.text("TASK_WORKERS", "2")),
            *("--without-gossip", "--without-mingle"),
        ],
        "beat": [python, "-m", "marketplace.clock", str(var_dir() / "beat.db")],
    }
    if env.text("LIVE_CARRIERS"):
        if find_spec("karrio") is None:
            say("LIVE_CARRIERS is set, but the carriers' SDK is missing: stop, then `make carriers`.")
        else:
            found["carriers"] = [python, "-m", "logistics.carriers.worker"]
    if sandbox_port:
        found["sandbox"] = [python, "-m", "marketplace.sandbox", "--port", str(sandbox_port)]
    return found


def var_dir() -> Path:
    """Return the folder of everything this checkout keeps."""
    return Path(env.text("VAR_DIR", str(ROOT / "var")))


def healthy(address: str) -> str:
    """Return an empty string when all parts are well, else the parts that are not."""
    try:
        with urllib.request.urlopen(f"{address}/healthz/", timeout=5) as answer:  # noqa: S310
            return "" if answer.status == 200 else str(answer.status)
    except urllib.error.HTTPError as problem:
        with contextlib.suppress(ValueError):
            parts = json.loads(problem.read())
            return ", ".join(f"{key} is {value}" for key, value in parts.items() if value not in {"ok", None})
        return str(problem)
    except OSError as problem:
        return str(problem)


def wait_until_well(house: House, address: str) -> bool:
    """Wait up to two minutes for every part."""
    state = ""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        state = healthy(address)
        if not state:
            return True
        house.watch()
        time.sleep(0.2)
    say(f"Not everything came up: {state}. The logs are in {house.log}.")
    return False


def welcome(address: str, sandbox: str) -> None:
    """Say where it is, who can sign in, and what to try."""
    say(f"\nSampan is ready: {address}/")
    if env.flag("DEMO", default=env.flag("DEBUG", default=True)):
        from_file = var_dir() / "demo-logins.txt"
        if from_file.exists():
            say("\nSign in with:\n" + from_file.read_text().rstrip())
    say("\nTry first:")
    say(f"  1. Choose where to ship to, and see prices delivered:  {address}/?ship_to=DE-10115&currency=EUR")
    say("  2. Put something in the cart and pay with the card 4242 4242 4242 4242.")
    say(f"  3. As the operator, decide a customs hold:                  {address}/console/holds/")
    say(f"  4. Play the outside world (carrier, customs, payments):     {sandbox}/")
    say("\nCtrl-C stops everything.")


def play_the_past(house: House) -> None:
    """In a demo world, fill up the past deals with the time that is left over; done ones are skipped."""
    if env.flag("DEMO", default=env.flag("DEBUG", default=True)):
        house.start_once("demo", [sys.executable, "manage.py", "demo"])


def at_leisure() -> None:
    """Give way to everything else, and end with the runner."""
    os.nice(15)
    die_with_parent()


def main() -> int:
    """Run until told to stop."""
    wanted = env.number("PORT", 8000)
    port = free_from(wanted)
    if port != wanted:
        say(f"Port {wanted} is taken; using {port}.")
    sandbox_port = 0 if env.text("SANDBOX_ADDRESS") else free_from(env.number("SANDBOX_PORT", 8090))
    address = f"http://127.0.0.1:{port}"
    sandbox = env.text("SANDBOX_ADDRESS") or f"http://127.0.0.1:{sandbox_port}"
    environment = {**os.environ, "SANDBOX_ADDRESS": sandbox, "PYTHONUNBUFFERED": "1"}
    environment.setdefault("SITE_ADDRESS", address)

    var = var_dir()
    var.mkdir(parents=True, exist_ok=True)
    users = os.open(var / "users.lock", os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(users, fcntl.LOCK_SH)
    _on_stop(_stop)
    house = House(var, environment, programs(port, sandbox_port))
    result = 0
    try:
        for server in services.embedded(var):
            server.url()
        prepare = [sys.executable, "manage.py", "prepare"]
        if subprocess.run(prepare, cwd=ROOT, env=environment, check=False).returncode:
            say("The database could not be prepared; the lines above say why.")
            return 1
        for name in house.programs:
            house.start(name)
        if wait_until_well(house, address):
            welcome(address, sandbox)
            play_the_past(house)
        while True:
            time.sleep(1)
            house.watch()
    except KeyboardInterrupt:
        say("\nStopping ...")
    finally:
        _on_stop(signal.SIG_IGN)
        house.stop()
        with contextlib.suppress(BlockingIOError):
            # Only the last user of this checkout's servers takes them down.
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for server in services.embedded(var):
                server.stop()
    return result


def _on_stop(act: Callable[[int, FrameType | None], None] | signal.Handlers) -> None:
    """Answer both signals in one way, also where a shell had one ignored in the background."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, act)


def _stop(number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
