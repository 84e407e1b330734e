"""A table in which each process of the hub says that it is there."""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Process",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("kind", models.CharField(max_length=20)),
                ("machine", models.CharField(max_length=255)),
                ("pid", models.PositiveIntegerField()),
                ("seen", models.DateTimeField()),
            ],
        ),
    ]
