"""The sandbox's memory: one schema of its own, one connection, one act at a time."""

from __future__ import annotations

import json
import random
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg2
import psycopg2.extras

Thing = dict[str, Any]

SCHEMA: Final = """
CREATE SCHEMA IF NOT EXISTS sandbox;
CREATE TABLE IF NOT EXISTS sandbox.thing (
  seq bigserial, id text PRIMARY KEY, kind text NOT NULL, account text NOT NULL, body jsonb NOT NULL);
CREATE INDEX IF NOT EXISTS thing_kind ON sandbox.thing (kind, account, seq);
CREATE TABLE IF NOT EXISTS sandbox.replay (
  account text, key text, fingerprint text NOT NULL, status int NOT NULL, body text NOT NULL,
  at double precision NOT NULL, PRIMARY KEY (account, key));
CREATE TABLE IF NOT EXISTS sandbox.letter (
  id bigserial PRIMARY KEY, scheme text NOT NULL, url text NOT NULL, secret text NOT NULL, body text NOT NULL,
  due double precision NOT NULL, attempts int NOT NULL DEFAULT 0, answer text NOT NULL DEFAULT '',
  done boolean NOT NULL DEFAULT false);
CREATE INDEX IF NOT EXISTS letter_due ON sandbox.letter (due) WHERE NOT done;
CREATE TABLE IF NOT EXISTS sandbox.job (
  id bigserial PRIMARY KEY, name text NOT NULL, subject text NOT NULL, due double precision NOT NULL,
  done boolean NOT NULL DEFAULT false);
CREATE TABLE IF NOT EXISTS sandbox.setting (name text PRIMARY KEY, value jsonb NOT NULL);
"""
KNOBS: Final[Thing] = {
    "seed": 7,
    "delay_ms": [20, 400],
    "duplicate_percent": 10,
    "drop_percent": 0,
    "fail_next": 0,
    "rate_limit_next": 0,
    "lose_answer_next": 0,
    "available_after_seconds": 172_800,
    "late_success_seconds": 60,
    "dispute_seconds": 30,
    "manual_carrier": True,
    "manual_customs": False,
    "customs_answer": "released",
    "customs_takes_percent": 100,
}


class Box:
    """Everything one act may touch; committed together with the letters it writes."""

    def __init__(self, cursor: Any, dice: random.Random) -> None:
        self.cursor = cursor
        self.dice = dice

    def setting(self, name: str, default: Any = None) -> Any:
        """Read one setting."""
        self.cursor.execute("SELECT value FROM sandbox.setting WHERE name = %s", [name])
        row = self.cursor.fetchone()
        return row[0] if row else default

    def set(self, name: str, value: Any) -> None:
        """Write one setting."""
        self.cursor.execute(
            "INSERT INTO sandbox.setting VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
            [name, json.dumps(value)],
        )

    @property
    def knobs(self) -> Thing:
        """Return the knobs in force."""
        return {**KNOBS, **self.setting("knobs", {})}

    def take(self, knob: str) -> bool:
        """Use up one of a counted fault, if any is left."""
        knobs = self.knobs
        if int(knobs[knob]) <= 0:
            return False
        self.set("knobs", {**knobs, knob: int(knobs[knob]) - 1})
        return True

    def now(self) -> int:
        """Return the sandbox's own time, which can be moved forward."""
        return int(time.time()) + int(self.setting("clock", 0))

    def new(self, prefix: str, kind: str, account: str = "", **body: Any) -> Thing:
        """Make and keep a thing."""
        thing = {"id": f"{prefix}_{secrets.token_hex(12)}", "object": kind, "created": self.now(), **body}
        thing.setdefault("livemode", False)
        self.cursor.execute(
            "INSERT INTO sandbox.thing (id, kind, account, body) VALUES (%s, %s, %s, %s)",
            [thing["id"], kind, account, json.dumps(thing)],
        )
        return thing

    def get(self, name: str, kind: str = "") -> Thing | None:
        """Find one thing by its id."""
        self.cursor.execute(
            "SELECT body FROM sandbox.thing WHERE id = %s AND (kind = %s OR %s = '')", [name, kind, kind]
        )
        row = self.cursor.fetchone()
        return row[0] if row else None

    def save(self, thing: Thing) -> Thing:
        """Keep a changed thing."""
        self.cursor.execute(
            "UPDATE sandbox.thing SET body = %s WHERE id = %s", [json.dumps(thing), thing["id"]]
        )
        return thing

    def all(self, kind: str, account: str = "", **where: Any) -> list[Thing]:
        """Return the things of a kind, newest first, whose fields equal the given ones."""
        self.cursor.execute(
            "SELECT body FROM sandbox.thing WHERE kind = %s AND account = %s AND body @> %s ORDER BY seq DESC",
            [kind, account, json.dumps(where)],
        )
        return [row[0] for row in self.cursor.fetchall()]

    def later(self, name: str, subject: str, seconds: float) -> None:
        """Do something when the sandbox's clock has moved so far."""
        self.cursor.execute(
            "INSERT INTO sandbox.job (name, subject, due) VALUES (%s, %s, %s)",
            [name, subject, self.now() + seconds],
        )

    def due_jobs(self) -> list[tuple[str, str]]:
        """Take the jobs whose time has come."""
        self.cursor.execute(
            "UPDATE sandbox.job SET done = true WHERE NOT done AND due <= %s RETURNING name, subject",
            [self.now()],
        )
        return list(self.cursor.fetchall())

    def write(self, scheme: str, url: str, secret: str, body: Thing) -> None:
        """Post a letter: soon, in no certain order, now and then twice, seldom never."""
        knobs = self.knobs
        if self.dice.random() * 100 < knobs["drop_percent"]:
            return
        low, high = knobs["delay_ms"]
        for _ in range(2 if self.dice.random() * 100 < knobs["duplicate_percent"] else 1):
            due = time.time() + self.dice.uniform(low, high) / 1000
            self.cursor.execute(
                "INSERT INTO sandbox.letter (scheme, url, secret, body, due) VALUES (%s, %s, %s, %s, %s)",
                [scheme, url, secret, json.dumps(body, separators=(",", ":")), due],
            )


class Store:
    """One connection and one lock: what the sandbox does, it does one thing at a time."""

    def __init__(self, address: dict[str, Any]) -> None:
        self.address = address
        self.lock = threading.Lock()
        self.connection: Any = None
        self.dice = random.Random(KNOBS["seed"])  # noqa: S311

    def _connect(self) -> Any:
        if self.connection is None or self.connection.closed:
            self.connection = psycopg2.connect(**self.address, application_name="sandbox")
            with self.connection, self.connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(8090)")
                cursor.execute("SET client_min_messages = error")
                cursor.execute(SCHEMA)
        return self.connection

    @contextmanager
    def act(self) -> Iterator[Box]:
        """Open the box; all or nothing of what is done to it stays."""
        with self.lock:
            connection = self._connect()
            try:
                with connection, connection.cursor() as cursor:
                    yield Box(cursor, self.dice)
            except (psycopg2.OperationalError, psycopg2.InterfaceError):
                connection.close()
                self.connection = None
                raise

    def close(self) -> None:
        """Let go of the database."""
        with self.lock:
            if self.connection is not None:
                self.connection.close()
