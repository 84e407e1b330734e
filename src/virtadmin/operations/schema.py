"""How far the database is: which migrations it has had, and which this version knows."""

from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

Applied = dict[str, list[str]]
"""Names of migrations by app."""
RETIRED: dict[str, tuple[str, ...]] = {"sessions": ("django_session",)}
"""Apps that versions before this one had, with their tables. An older backup may have both; they are left out of a
restore. What of them is worth keeping, a migration of another app has to take over before the app goes."""


def migrate() -> None:
    """Apply the migrations that are missing."""
    if pending():
        call_command("migrate", interactive=False, verbosity=0)


def pending() -> list[str]:
    """The migrations that the database has not had yet, as `app.name`."""
    executor = MigrationExecutor(connections["default"])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [f"{migration.app_label}.{migration.name}" for migration, _ in plan]


def applied(using: str = "default") -> Applied:
    """The migrations that the database has had, of those that this version knows."""
    loader = MigrationExecutor(connections[using]).loader
    found: Applied = {}
    for app, name in sorted(set(loader.applied_migrations) & set(loader.graph.nodes)):
        found.setdefault(app, []).append(name)
    return found


def known() -> Applied:
    """Every migration of this version."""
    found: Applied = {}
    for app, name in sorted(MigrationExecutor(connections["default"]).loader.graph.nodes):
        found.setdefault(app, []).append(name)
    return found


def kept(wanted: Applied) -> Applied:
    """What is left of it without the apps that are retired. Pure."""
    return {app: names for app, names in wanted.items() if app not in RETIRED}


def retired_tables() -> set[str]:
    """The tables of apps that are retired."""
    return {table for tables in RETIRED.values() for table in tables}


def beyond(wanted: Applied, here: Applied) -> list[str]:
    """What of the wanted is not known here: it is of a newer version. Pure."""
    return [f"{app}.{name}" for app, names in kept(wanted).items() for name in names if name not in here.get(app, [])]


def targets(wanted: Applied) -> list[tuple[str, str]]:
    """The migrations to go to so that a new database has had the wanted ones, and what they stand on."""
    graph = MigrationExecutor(connections["default"]).loader.graph
    nodes = {(app, name) for app, names in kept(wanted).items() for name in names}

    def is_newest(node: tuple[str, str]) -> bool:
        """Whether nothing of its own app comes after it."""
        after = {child.key for child in graph.node_map[node].children}
        return not any(key in nodes and key[0] == node[0] for key in after)

    return sorted(filter(is_newest, nodes))
