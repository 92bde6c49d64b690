"""A correction of our books needs two people; a difference that comes again is a new case."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0052_two_agree_to_payouts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Correction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("PROPOSED", "proposed"),
                            ("AGREED", "agreed and booked"),
                            ("REFUSED", "put aside"),
                            ("ENDED", "ended: the difference changed"),
                        ],
                        default="PROPOSED",
                        max_length=8,
                    ),
                ),
                ("ours", models.CharField(blank=True, max_length=60)),
                ("theirs", models.CharField(blank=True, max_length=60)),
                ("reason", models.CharField(max_length=160)),
                ("proposed_at", models.DateTimeField()),
                ("decided_at", models.DateTimeField(blank=True, null=True)),
                ("answer", models.CharField(blank=True, max_length=160)),
            ],
            options={
                "ordering": ["-pk"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="mismatch",
            name="mismatch_once",
        ),
        migrations.AddIndex(
            model_name="mismatch",
            index=models.Index(fields=["side", "reference"], name="mismatch_of"),
        ),
        migrations.AddConstraint(
            model_name="mismatch",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "OPEN")),
                fields=("side", "kind", "reference"),
                name="mismatch_open_once",
            ),
        ),
        migrations.AddField(
            model_name="correction",
            name="case",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="corrections",
                to="payments.mismatch",
            ),
        ),
        migrations.AddField(
            model_name="correction",
            name="decided_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="correction",
            name="proposed_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "PROPOSED")), fields=("case",), name="correction_proposed_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state", "AGREED")), fields=("case",), name="correction_agreed_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="correction",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "AGREED"), _negated=True),
                    models.Q(
                        ("decided_by__isnull", False),
                        models.Q(("decided_by", models.F("proposed_by")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="correction_two_people",
            ),
        ),
    ]
