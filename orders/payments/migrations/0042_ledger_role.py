"""Give the ledger to a role of its own, and keep its sealed days from being emptied."""

from __future__ import annotations

from django.db import migrations

from orders.payments import guarding


def hand_over(_apps: object, schema_editor: object) -> None:
    guarding.hand_over(schema_editor.connection)  # type: ignore[attr-defined]


class Migration(migrations.Migration):
    dependencies = [("payments", "0041_laws_of_deposits")]
    operations = [
        migrations.RunSQL(
            "CREATE TRIGGER payments_day_kept BEFORE TRUNCATE ON payments_ledgerday"
            " FOR EACH STATEMENT EXECUTE FUNCTION payments_append_only();",
            migrations.RunSQL.noop,
        ),
        migrations.RunPython(hand_over, migrations.RunPython.noop),
    ]
