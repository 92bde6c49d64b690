import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0032_payout_stops"),
    ]

    operations = [
        migrations.AddField(
            model_name="earning",
            name="part",
            field=models.CharField(
                blank=True, help_text="the parcel that this line waits for", max_length=40
            ),
        ),
        migrations.AddField(
            model_name="earning",
            name="payment",
            field=models.ForeignKey(
                blank=True,
                help_text="which paid for it, where an order was paid in two steps",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="payments.payment",
            ),
        ),
        migrations.AlterField(
            model_name="earning",
            name="kind",
            field=models.CharField(
                choices=[
                    ("sale", "sale"),
                    ("refund", "refund"),
                    ("charge", "fee"),
                    ("credit", "claim paid"),
                    ("back", "taken back after a refund"),
                    ("kept", "deposit kept"),
                ],
                max_length=6,
            ),
        ),
        migrations.AlterField(
            model_name="ordershare",
            name="state",
            field=models.CharField(
                choices=[
                    ("EXPECTED", "waiting for the payment"),
                    ("DEPOSIT", "deposit paid, the balance is open"),
                    ("HELD", "paid, held until shipment"),
                    ("EARNED", "shipped, earned by the seller"),
                    ("REFUNDED", "given back before shipment"),
                ],
                default="EXPECTED",
                max_length=8,
            ),
        ),
        migrations.CreateModel(
            name="Instalment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("n", models.PositiveSmallIntegerField()),
                ("reference", models.CharField(db_index=True, help_text="of the payment", max_length=60)),
                ("amount", models.DecimalField(decimal_places=4, max_digits=19)),
                ("currency", models.CharField(max_length=3)),
                (
                    "share",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="instalments",
                        to="payments.ordershare",
                    ),
                ),
            ],
            options={
                "ordering": ["share", "n"],
                "constraints": [
                    models.UniqueConstraint(fields=("share", "n"), name="instalment_once"),
                    models.CheckConstraint(
                        condition=models.Q(("amount__gt", 0)), name="instalment_above_zero"
                    ),
                    models.CheckConstraint(condition=models.Q(("n__in", [1, 2])), name="instalment_of_two"),
                ],
            },
        ),
    ]
