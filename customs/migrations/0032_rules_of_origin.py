from __future__ import annotations

from django.db import migrations, models
from django.db.models import F, Q


class Migration(migrations.Migration):
    """Product-specific rules of origin, loaded from the publisher's file."""

    dependencies = [("customs", "0031_evidence_withdrawn")]
    operations = [
        migrations.CreateModel(
            name="OriginRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("agreement", models.CharField(max_length=20)),
                ("key", models.CharField(max_length=32)),
                ("heading", models.CharField(blank=True, max_length=200)),
                ("goods", models.TextField(blank=True)),
                ("first", models.CharField(max_length=10)),
                ("last", models.CharField(max_length=10)),
                ("ways", models.JSONField(default=list)),
                ("source", models.CharField(max_length=300)),
                ("retrieved_on", models.DateField()),
            ],
            options={
                "ordering": ["agreement", "first", "last", "id"],
                "indexes": [
                    models.Index(fields=["agreement", "first", "last"], name="customs_ori_agreeme_rule")
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("agreement", "key"), name="customs_origin_rule_once"),
                    models.CheckConstraint(
                        condition=Q(("last__gte", F("first"))), name="customs_origin_rule_range"
                    ),
                ],
            },
        ),
    ]
