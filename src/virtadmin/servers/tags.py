"""Tags by their names."""

from collections.abc import Iterable

from virtadmin.servers.models import Tag


def tags_named(names: Iterable[str]) -> list[Tag]:
    """The tags with these names (as `checks.tags_checked` gives them); those that are new are made."""
    return [Tag.objects.get_or_create(name=name)[0] for name in names]
