import django.db.models.deletion
from decimal import Decimal
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0002_invitations_and_checks"),
        ("orders", "0020_invoices_of_buyers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DepositRule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "country",
                    models.CharField(blank=True, help_text="of delivery; empty: all others", max_length=2),
                ),
                ("share", models.DecimalField(decimal_places=3, max_digits=4)),
                ("least_amount", models.DecimalField(decimal_places=4, max_digits=19)),
                ("currency", models.CharField(max_length=3)),
                ("days", models.PositiveSmallIntegerField(help_text="to pay the balance")),
                ("kept", models.DecimalField(decimal_places=3, default=Decimal("0"), max_digits=4)),
                ("set_at", models.DateTimeField()),
            ],
            options={
                "ordering": ["country"],
            },
        ),
        migrations.RemoveConstraint(
            model_name="order",
            name="order_state_known",
        ),
        migrations.AddField(
            model_name="order",
            name="balance_asked_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="balance_days",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="order",
            name="balance_due_at",
            field=models.DateTimeField(blank=True, db_index=True, null=True),
        ),
        migrations.AddField(
            model_name="order",
            name="balance_reminders",
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name="order",
            name="deposit_amount",
            field=models.DecimalField(
                decimal_places=4,
                default=Decimal("0"),
                help_text="paid first; 0: all is paid at once",
                max_digits=19,
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="deposit_kept_amount",
            field=models.DecimalField(
                decimal_places=4,
                default=Decimal("0"),
                help_text="of it, when the balance is not paid",
                max_digits=19,
            ),
        ),
        migrations.AddField(
            model_name="order",
            name="deposit_paid_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AlterField(
            model_name="order",
            name="state",
            field=models.CharField(
                choices=[
                    ("PLACED", "waiting for payment"),
                    ("DEPOSIT", "deposit paid"),
                    ("PAID", "paid"),
                    ("HELD", "waiting for customs papers"),
                    ("PACKED", "packed"),
                    ("SHIPPED", "on the way"),
                    ("DELIVERED", "delivered"),
                    ("COMPLETED", "received"),
                    ("CANCELLED", "cancelled"),
                    ("REFUNDED", "money sent back"),
                ],
                default="PLACED",
                max_length=12,
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        [
                            "PLACED",
                            "DEPOSIT",
                            "PAID",
                            "HELD",
                            "PACKED",
                            "SHIPPED",
                            "DELIVERED",
                            "COMPLETED",
                            "CANCELLED",
                            "REFUNDED",
                        ],
                    )
                ),
                name="order_state_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("deposit_amount", 0),
                    models.Q(
                        ("balance_days__gt", 0),
                        ("deposit_amount__gt", 0),
                        ("deposit_amount__lt", models.F("total_amount")),
                    ),
                    _connector="OR",
                ),
                name="order_deposit_leaves_a_balance",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("deposit_kept_amount__gte", 0), ("deposit_kept_amount__lte", models.F("deposit_amount"))
                ),
                name="order_keeps_of_its_deposit",
            ),
        ),
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("balance_asked_at", None), ("balance_due_at", None)),
                    models.Q(
                        ("balance_due_at__gt", models.F("balance_asked_at")),
                        ("balance_due_at__isnull", False),
                    ),
                    _connector="OR",
                ),
                name="order_balance_asked_has_an_end",
            ),
        ),
        migrations.AddField(
            model_name="depositrule",
            name="seller",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE,
                related_name="deposit_rules",
                to="accounts.company",
            ),
        ),
        migrations.AddField(
            model_name="depositrule",
            name="set_by",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddConstraint(
            model_name="depositrule",
            constraint=models.UniqueConstraint(
                fields=("seller", "country"), name="deposit_rule_once_per_country"
            ),
        ),
        migrations.AddConstraint(
            model_name="depositrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("share__gte", Decimal("0.1")), ("share__lte", Decimal("0.9"))),
                name="deposit_share_in_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="depositrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("kept__gte", 0), ("kept__lte", Decimal("0.5"))),
                name="deposit_kept_in_bounds",
            ),
        ),
        migrations.AddConstraint(
            model_name="depositrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("days__gte", 3), ("days__lte", 30)), name="deposit_days_in_bounds"
            ),
        ),
        migrations.AddConstraint(
            model_name="depositrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("least_amount__gt", 0)), name="deposit_least_above_zero"
            ),
        ),
    ]
