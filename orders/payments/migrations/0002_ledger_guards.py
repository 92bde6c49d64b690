"""What the ledger promises in the database itself: one way in, balance at commit, nothing changed afterwards."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

from marketplace.kit.money import MINOR_UNITS

SQL = Path(__file__).parent.parent / "sql"


def exponents() -> str:
    """Write the currency table as one SQL function, so that views compare decimals with minor units."""
    odd = "".join(
        f" WHEN '{code}' THEN {places}" for code, places in sorted(MINOR_UNITS.items()) if places != 2
    )
    return (
        "CREATE OR REPLACE FUNCTION payments_minor(amount numeric, code varchar) RETURNS numeric"
        f" LANGUAGE sql IMMUTABLE AS $$ SELECT amount * power(10::numeric, CASE code{odd} ELSE 2 END) $$;"
    )


class Migration(migrations.Migration):
    dependencies = [("payments", "0001_initial")]
    operations = [
        migrations.RunSQL(
            [exponents(), (SQL / "guards.sql").read_text(), (SQL / "invariants.sql").read_text()],
            migrations.RunSQL.noop,
        )
    ]
