"""Public numbers of policies and claims."""

from __future__ import annotations

from django.db import connection


def serial(prefix: str) -> str:
    """Give the next number of a series, such as CLM-000012."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('insurance_serial')")
        return f"{prefix}-{int(cursor.fetchone()[0]):06d}"
