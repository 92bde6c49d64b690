from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    """Products carry the papers of origin that count for their prices."""

    dependencies = [("catalog", "0004_columns_of_lists")]
    operations = [
        migrations.AddField(
            "product", "origin_papers", models.JSONField(blank=True, default=list, editable=False)
        ),
    ]
