from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("orders", "0001_initial")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE orders_serial START 100001", "DROP SEQUENCE orders_serial")
    ]
