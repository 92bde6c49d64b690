from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("customs", "0002_declarations_holds_parties")]

    operations = [
        migrations.AlterModelOptions(name="fee", options={"ordering": ["destination", "code", "id"]}),
        *[
            migrations.RemoveField(model_name="fee", name=name)
            for name in ("amount", "currency", "minimum", "maximum", "basis", "scope")
        ],
        migrations.AddField(
            "fee", "code", models.CharField(default="", max_length=12), preserve_default=False
        ),
        migrations.AddField(
            "fee", "expression", models.CharField(default="Free", max_length=120), preserve_default=False
        ),
        migrations.AddField(
            "fee", "mode", models.CharField(blank=True, max_length=12), preserve_default=True
        ),
        migrations.AddField(
            "fee", "value_from", models.DecimalField(decimal_places=2, default=0, max_digits=12)
        ),
        migrations.AddField(
            "fee", "value_to", models.DecimalField(blank=True, decimal_places=2, max_digits=12, null=True)
        ),
    ]
