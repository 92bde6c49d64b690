"""Public numbers of the stores' papers."""

from __future__ import annotations

from django.db import connection


def serial(prefix: str) -> str:
    """Give the next number of a series, such as IN-000012."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('warehousing_serial')")
        return f"{prefix}-{cursor.fetchone()[0]:06d}"
