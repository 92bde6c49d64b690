"""Say the laws of holds and totals anew: an order may be paid in two steps."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("payments", "0040_deposits")]
    operations = [migrations.RunSQL((SQL / "deposits.sql").read_text(), migrations.RunSQL.noop)]
