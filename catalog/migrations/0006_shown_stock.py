from __future__ import annotations

from django.db import migrations, models
from django.db.models import Value

STOCK = models.JSONField(blank=True, db_default=Value({}, models.JSONField()), default=dict, editable=False)


class Migration(migrations.Migration):
    """Products and options carry how many pieces a page may promise; the stores' task fills the rows."""

    dependencies = [("catalog", "0005_papers_of_origin")]
    operations = [
        migrations.AddField("product", "stock", STOCK),
        migrations.AddField("variant", "stock", STOCK),
    ]
