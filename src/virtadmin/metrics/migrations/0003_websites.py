"""The series of websites in raw points."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("metrics", "0002_history_tiers"),
    ]

    operations = [
        migrations.AddField(
            model_name="rawpoint",
            name="availability",
            field=models.FloatField(null=True),
        ),
        migrations.AddField(
            model_name="rawpoint",
            name="response_time",
            field=models.FloatField(null=True),
        ),
    ]
