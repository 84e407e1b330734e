from django.db import migrations


def end_all(apps, schema_editor):
    """Sessions of the versions before had their keys in this table, and so in each copy of it: they end.

    Hashing them in place would leave those copies good for signing in.
    """
    apps.get_model("accounts", "Session").objects.using(schema_editor.connection.alias).all().delete()


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0003_two_factor_sessions_links"),
    ]

    operations = [
        migrations.RunPython(end_all, migrations.RunPython.noop, elidable=True),
    ]
