"""Delivering letters: signed, again and again until answered, and the work that waits for the clock."""

from __future__ import annotations

import hashlib
import hmac
import logging
import threading
import time
from typing import Final

import httpx
import psycopg2

from marketplace.sandbox import authority, carrier, money
from marketplace.sandbox.store import Store

HEADERS: Final = {"stripe": "Stripe-Signature", "sampan": "X-Sampan-Signature"}
TRIES: Final = 14
log: Final = logging.getLogger("sandbox.post")


def signature(secret: str, body: str, at: int) -> str:
    """Return `t=…,v1=…` over time and body."""
    return f"t={at},v1={hmac.new(secret.encode(), f'{at}.{body}'.encode(), hashlib.sha256).hexdigest()}"


class Postman(threading.Thread):
    """Carries letters until stopped."""

    def __init__(self, store: Store) -> None:
        super().__init__(daemon=True, name="postman")
        self.store = store
        self.stopping = threading.Event()

    def run(self) -> None:
        """Go round; a database that is away for a while is no reason to stop."""
        with httpx.Client(timeout=10, trust_env=False) as client:
            while not self.stopping.is_set():
                try:
                    busy = self.round(client)
                except psycopg2.Error as trouble:
                    log.warning("The database is away: %s", trouble)
                    busy = False
                    self.stopping.wait(1)
                if not busy:
                    self.stopping.wait(0.05)

    def round(self, client: httpx.Client) -> bool:
        """Do due work, then carry the letters that are due; tell whether there was any."""
        with self.store.act() as box:
            for name, subject in box.due_jobs():
                if name == "track":
                    carrier.advance(box, subject)
                elif name == "customs":
                    authority.next_step(box, subject)
                else:
                    money.work(box, name, subject)
            # The lease of half a minute hands a letter on when this process dies with it.
            box.cursor.execute(
                "UPDATE sandbox.letter SET attempts = attempts + 1, due = %s WHERE id IN (SELECT id FROM sandbox.letter "
                "WHERE NOT done AND due <= %s AND attempts < %s ORDER BY due LIMIT 20) "
                "RETURNING id, scheme, url, secret, body, attempts",
                [time.time() + 30, time.time(), TRIES],
            )
            letters = box.cursor.fetchall()
            box.dice.shuffle(letters)
        for number, scheme, url, secret, body, attempts in letters:
            now = int(time.time())
            headers = {HEADERS[scheme]: signature(secret, body, now), "Content-Type": "application/json"}
            try:
                answer = client.post(url, content=body.encode(), headers=headers)
                said, done = str(answer.status_code), answer.is_success
            except httpx.HTTPError as trouble:
                said, done = str(trouble)[:100], False
            with self.store.act() as box:
                box.cursor.execute(
                    "UPDATE sandbox.letter SET done = %s, answer = %s, due = %s WHERE id = %s",
                    [done, said, time.time() + min(60, 2 ** (attempts - 1) * 0.5), number],
                )
        return bool(letters)
