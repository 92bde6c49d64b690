import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("payments", "0042_ledger_role"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="commissionrule",
            options={"ordering": ["component", "-seller", "-category", "-country", "-valid_from"]},
        ),
        migrations.RemoveConstraint(
            model_name="commissionrule",
            name="commission_rate_is_a_share",
        ),
        migrations.AddField(
            model_name="commissionrule",
            name="agreed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="commissionrule",
            name="below_amount",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=19, null=True),
        ),
        migrations.AddField(
            model_name="commissionrule",
            name="component",
            field=models.CharField(
                choices=[
                    ("base", "base, share of the goods"),
                    ("tier", "by the seller’s tier"),
                    ("lane", "by country of delivery"),
                    ("band", "by value of the goods"),
                    ("payment", "share of the payment’s cost"),
                    ("fixed", "fixed for each order"),
                    ("limit", "least and most for an order"),
                ],
                default="base",
                max_length=7,
            ),
        ),
        migrations.AddField(
            model_name="commissionrule",
            name="destination",
            field=models.CharField(blank=True, max_length=2),
        ),
        migrations.AddField(
            model_name="commissionrule",
            name="end_proposed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="commissionrule",
            name="end_proposed_on",
            field=models.DateField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="commissionrule",
            name="ended_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="commissionrule",
            name="fixed_amount",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=19, null=True),
        ),
        migrations.AddField(
            model_name="commissionrule",
            name="least_amount",
            field=models.DecimalField(blank=True, decimal_places=4, max_digits=19, null=True),
        ),
        migrations.AddField(
            model_name="commissionrule",
            name="name",
            field=models.CharField(blank=True, max_length=80),
        ),
        migrations.AddField(
            model_name="commissionrule",
            name="proposed_by",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="commissionrule",
            name="reason",
            field=models.CharField(blank=True, max_length=200),
        ),
        migrations.AddField(
            model_name="commissionrule",
            name="tier",
            field=models.CharField(blank=True, max_length=10),
        ),
        migrations.AddField(
            model_name="ordershare",
            name="commission_lines",
            field=models.JSONField(default=list, help_text="the fee as it was worked out at the sale"),
        ),
        migrations.AddConstraint(
            model_name="commissionrule",
            constraint=models.CheckConstraint(
                condition=models.Q(("rate__gt", -1), ("rate__lt", 1)), name="commission_rate_is_a_share"
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("component__in", ["base", "payment"]), _negated=True),
                    ("rate__gte", 0),
                    _connector="OR",
                ),
                name="commission_base_not_negative",
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("agreed_by", None),
                    models.Q(("agreed_by", models.F("proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="commission_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ended_by", None),
                    models.Q(("ended_by", models.F("end_proposed_by")), _negated=True),
                    _connector="OR",
                ),
                name="commission_end_two_people",
            ),
        ),
        migrations.AddConstraint(
            model_name="commissionrule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("valid_to", None), ("valid_to__gte", models.F("valid_from")), _connector="OR"
                ),
                name="commission_ends_after_its_start",
            ),
        ),
    ]
