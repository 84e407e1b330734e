"""The tiers of the history, and mounts in raw points."""

from typing import Any

from django.db import migrations, models


def cluster(_apps: Any, schema_editor: Any) -> None:
    """Keep a server's rolled points side by side in SQLite's file, as MySQL does by itself.

    Else a chart of 15 months reads one page of the file for each of 11,000 points: it took 3.5 times as long. Django
    has no word for https://www.sqlite.org/withoutrowid.html.
    """
    if schema_editor.connection.vendor == "sqlite":
        with schema_editor.connection.cursor() as cursor:
            cursor.execute("SELECT sql FROM sqlite_master WHERE name = 'metrics_rolledpoint'")
            (made,) = cursor.fetchone()
            cursor.execute("DROP TABLE metrics_rolledpoint")
            cursor.execute(f"{made} WITHOUT ROWID")


class Migration(migrations.Migration):
    dependencies = [("metrics", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="LatePoint",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("subject", models.BigIntegerField()),
                ("time", models.BigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="RolledPoint",
            fields=[
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "subject", "tier", "bucket", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("subject", models.BigIntegerField()),
                ("tier", models.SmallIntegerField()),
                ("bucket", models.IntegerField()),
                ("data", models.BinaryField()),
            ],
        ),
        migrations.CreateModel(
            name="RollProgress",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("rolled", models.BigIntegerField()),
            ],
        ),
        migrations.AddField(model_name="rawpoint", name="mounts", field=models.BinaryField(null=True)),
        migrations.RunPython(cluster, migrations.RunPython.noop),
    ]
