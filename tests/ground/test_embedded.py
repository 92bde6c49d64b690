"""The checkout's own servers: adopted when alive, started again after a crash, never two on one folder."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import psycopg2
import pytest
import redis

from marketplace.embedded.postgres import Postgres
from marketplace.embedded.valkey import Valkey

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def var(tmp_path: Path) -> Iterator[Path]:
    # A parent that others cannot read, as in a home folder.
    tmp_path.chmod(0o700)
    folder = tmp_path / "var"
    yield folder
    Postgres(folder).stop()
    Valkey(folder).stop()


def count_after_one_more(url: str) -> int:
    connection = psycopg2.connect(url)
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE TABLE IF NOT EXISTS kept (n int); INSERT INTO kept VALUES (1)")
            cursor.execute("SELECT count(*) FROM kept")
            [(count,)] = cursor.fetchall()
            return int(count)
    finally:
        connection.close()


def kill(server: Postgres | Valkey) -> None:
    """End a server at once, as a machine that loses its power would."""
    known = server._known()
    assert known is not None
    os.kill(known[1], signal.SIGKILL)


def test_a_second_caller_adopts_the_database_that_runs(var: Path) -> None:
    first = Postgres(var).url()

    assert Postgres(var).url() == first
    assert count_after_one_more(first) == 1


def test_after_kill_9_four_callers_at_once_get_one_server_with_its_data(var: Path) -> None:
    server = Postgres(var)
    count_after_one_more(server.url())
    kill(server)

    code = (
        "import sys, pathlib; from marketplace.embedded.postgres import Postgres\n"
        "print(Postgres(pathlib.Path(sys.argv[1])).url())"
    )
    with ThreadPoolExecutor(4) as pool:
        calls = [
            pool.submit(subprocess.check_output, [sys.executable, "-c", code, str(var)], text=True, cwd=ROOT)
            for _ in range(4)
        ]
        answers = {call.result() for call in calls}

    assert len(answers) == 1
    assert count_after_one_more(answers.pop().strip()) == 2


def test_the_broker_keeps_what_it_was_told_before_kill_9(var: Path) -> None:
    server = Valkey(var)
    client = redis.from_url(server.url())
    assert client.config_get("appendonly") == {"appendonly": "yes"}
    client.set("word", "kept")
    client.close()
    kill(server)

    again = redis.from_url(server.url())

    assert again.get("word") == b"kept"
    again.close()


def test_no_one_without_the_password_comes_in(var: Path) -> None:
    port = urlsplit(Valkey(var).url()).port
    assert port is not None
    stranger = redis.Redis(port=port)

    with pytest.raises(redis.AuthenticationError):
        stranger.ping()
    stranger.close()


def test_two_checkouts_side_by_side_have_two_databases(var: Path, tmp_path: Path) -> None:
    other = Postgres(tmp_path / "other")
    try:
        assert other.url() != Postgres(var).url()
    finally:
        other.stop()


def test_nothing_outside_the_data_folder_changes_its_permissions(var: Path, tmp_path: Path) -> None:
    before = stat.S_IMODE(tmp_path.stat().st_mode)

    Postgres(var).url()

    assert stat.S_IMODE(tmp_path.stat().st_mode) == before
    assert stat.S_IMODE((var / "postgres").stat().st_mode) == 0o700
    assert stat.S_IMODE((var / "postgres" / "password").stat().st_mode) == 0o600


def test_a_stopped_server_is_gone(var: Path) -> None:
    server = Valkey(var)
    server.url()

    server.stop()

    assert not server.running()
