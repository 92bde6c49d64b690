"""Who may change the ledger in the database: nobody. The tables belong to a role that nobody signs in as.

Who owns the whole database can still drop it, or a table of it: the daily seals and the backup show that.
A migration that changes a table of the ledger calls `open_for_change` first and `hand_over` at its end.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.db import DatabaseError, connection, transaction
from django.db.backends.utils import CursorWrapper

TABLES: Final = (
    "payments_account", "payments_balance", "payments_journal", "payments_posting", "payments_ledgerday",
)  # fmt: skip
FIXED: Final = ("payments_journal", "payments_posting", "payments_ledgerday")
TRIGGERS: Final = frozenset(
    {
        "payments_journal_balances", "payments_balances", "payments_journal_fixed", "payments_journal_kept",
        "payments_posting_fixed", "payments_posting_kept", "payments_day_fixed", "payments_day_kept",
    }
)  # fmt: skip
ROLE_SQL: Final = (Path(__file__).parent / "sql" / "role.sql").read_text()
TRIES: Final = 5


def hand_over(using: object = connection) -> str:
    """Give the ledger to its role: `role`, or `trigger` or `superuser` where the database does not allow it.

    Other databases of the same server may do so at the same moment; then it is tried again.
    """
    for attempt in range(1, TRIES + 1):
        try:
            with transaction.atomic(), _cursor(using) as cursor:
                cursor.execute(ROLE_SQL)
                cursor.execute("SELECT pg_temp.payments_hand_over()")
                found: str = cursor.fetchone()[0]
                cursor.execute("DROP FUNCTION pg_temp.payments_hand_over()")
                return found
        except DatabaseError:
            if attempt == TRIES:
                raise
    return "trigger"


def _cursor(using: object) -> CursorWrapper:
    return using.cursor()  # type: ignore[attr-defined, no-any-return]


@contextmanager
def open_for_change() -> Iterator[None]:
    """Act as the ledger's owner inside a transaction: for migrations and for tests, never for the product."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, tableowner FROM pg_tables WHERE tablename = 'payments_posting'")
        me, ledger = cursor.fetchone()
        if me == ledger:
            yield
            return
        name = connection.ops.quote_name
        cursor.execute(f"GRANT {name(ledger)} TO {name(me)}")
        cursor.execute(f"SET LOCAL ROLE {name(ledger)}")
        yield
        cursor.execute("RESET ROLE")
        cursor.execute(f"REVOKE {name(ledger)} FROM {name(me)}")


@dataclass(frozen=True, slots=True)
class Protection:
    """What keeps the ledger as it was booked: triggers, and rights that the product does not have."""

    by_trigger: bool
    by_role: bool
    superuser: bool

    @property
    def state(self) -> str:
        """Say `role`, `trigger`, `superuser` (triggers only), or `none`."""
        if not self.by_trigger:
            return "none"
        return "role" if self.by_role else "superuser" if self.superuser else "trigger"


def protection() -> Protection:
    """Ask the database what the product may do with the ledger."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
            " WHERE c.relname = ANY(%s) AND t.tgenabled IN ('O', 'A')",
            [list(TABLES)],
        )
        alive = {row[0] for row in cursor.fetchall()}
        cursor.execute(
            "SELECT bool_or(has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE')"
            " OR (has_table_privilege(c.oid, 'TRUNCATE') AND current_database() NOT LIKE 'test\\_%%')"
            " OR pg_has_role(c.relowner, 'USAGE')"
            # Since PostgreSQL 16 a membership may be without the right to act as the role.
            " OR CASE WHEN current_setting('server_version_num')::int >= 160000"
            " THEN pg_has_role(c.relowner, 'SET') ELSE false END)"
            " FROM pg_class c WHERE c.relname = ANY(%s) AND c.relnamespace = current_schema()::regnamespace",
            [list(TABLES)],
        )
        may = cursor.fetchone()[0]
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        superuser = cursor.fetchone()[0]
    return Protection(alive >= TRIGGERS, not may, superuser)
