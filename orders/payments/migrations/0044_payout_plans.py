import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0043_fee_components"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="payout",
            name="unresolved_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="payout",
            name="state",
            field=models.CharField(
                choices=[
                    ("PREPARED", "waits for a second person"),
                    ("APPROVED", "ready for the bank"),
                    ("SENT", "with the bank"),
                    ("UNRESOLVED", "no answer from the bank"),
                    ("PAID", "paid"),
                    ("FAILED", "came back"),
                ],
                max_length=10,
            ),
        ),
        migrations.CreateModel(
            name="PayoutPlan",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seller", models.CharField(max_length=20, unique=True)),
                ("interval_days", models.PositiveSmallIntegerField()),
                ("minimum_eur", models.DecimalField(decimal_places=4, max_digits=19)),
                ("chosen_at", models.DateTimeField()),
                (
                    "chosen_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["seller"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("interval_days__in", [1, 7, 14, 30])),
                        name="payout_interval_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("minimum_eur__gte", 0), ("minimum_eur__lte", 1000)),
                        name="payout_minimum_in_bounds",
                    ),
                ],
            },
        ),
    ]
