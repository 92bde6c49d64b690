"""One server on one folder: its lock travels into the server and lives as long as it does."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import secrets
import signal
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Final

PATIENCE: Final = 60.0
_children: Final[list[subprocess.Popen[bytes]]] = []  # kept, so that an ended one can be collected


class NoServer(SystemExit):
    """A server could not be started; the sentence says what to do."""


class Server(ABC):
    """Start, adopt or stop the one server of a folder; after a crash the next caller starts it again."""

    name: str

    def __init__(self, var: Path) -> None:
        self.folder = var / self.name
        self._lock_path = self.folder / "lock"
        self._address_path = self.folder / "address.json"

    @abstractmethod
    def prepare(self, folder: Path) -> None:
        """Create what the first start needs; may be repeated."""

    @abstractmethod
    def launch(self, port: int, lock: int) -> subprocess.Popen[bytes]:
        """Start the process on this port; it inherits the lock."""

    @abstractmethod
    def ready(self, port: int, pid: int) -> bool:
        """Tell whether the server answers."""

    @abstractmethod
    def address(self, port: int) -> str:
        """Return the address with user and password."""

    def url(self) -> str:
        """Return the address of a running server, starting it when nobody has."""
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            lock = self._try_lock()
            if lock is not None:
                try:
                    port = self._start(lock)
                finally:
                    os.close(lock)
                if port:
                    return self.address(port)
            elif (found := self._known()) and self.ready(*found):
                return self.address(found[0])
            time.sleep(0.05)
        raise NoServer(f"{self.name} did not start in {PATIENCE:.0f} seconds; read {self.folder / 'log'}.")

    def running(self) -> bool:
        """Tell whether a server holds this folder."""
        if not self.folder.exists():
            return False
        lock = self._try_lock()
        if lock is None:
            return True
        os.close(lock)
        return False

    def stop(self) -> None:
        """Ask the server to finish and wait until it has let go of its folder."""
        if not self.running() or not (found := self._known()):
            return
        try:
            os.kill(found[1], self.stop_signal)
        except ProcessLookupError:
            return
        until = time.monotonic() + 20
        while self.running() and time.monotonic() < until:
            time.sleep(0.02)
        for child in _children:
            child.poll()

    stop_signal = signal.SIGTERM

    def _start(self, lock: int) -> int:
        self.prepare(self.folder)
        last = self._known()
        # The old port again, so that whoever used the server before a crash finds it.
        port = free_port(last[0]) if last else free_port()
        child = self.launch(port, lock)
        _children.append(child)
        write_private(self._address_path, json.dumps({"port": port, "pid": child.pid}))
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until and child.poll() is None:
            if self.ready(port, child.pid):
                return port
            time.sleep(0.03)
        return 0

    def _known(self) -> tuple[int, int] | None:
        try:
            found = json.loads(self._address_path.read_text())
        except (OSError, ValueError):
            return None
        return int(found["port"]), int(found["pid"])

    def _try_lock(self) -> int | None:
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(self._lock_path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
            return None
        return lock


def free_port(wanted: int = 0) -> int:
    """Return a loopback port that nobody holds now: the wanted one if it is free."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", wanted))
            return int(probe.getsockname()[1])
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listening(port: int) -> bool:
    """Tell whether something accepts connections on this loopback port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.touch(mode=0o600)
    fresh.write_text(text)
    fresh.replace(path)


def password(path: Path) -> str:
    """Return the random password kept in this file, made at the first call."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(24))
    return path.read_text()
