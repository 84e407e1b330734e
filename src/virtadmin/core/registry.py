"""A registry: the one list of a kind of plug-in, in the order people should see it."""

from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar


class Named(Protocol):
    """What every plug-in has: the name it is stored and chosen by."""

    @property
    def name(self) -> str: ...


Plugin = TypeVar("Plugin", bound=Named)


class Registry(Generic[Plugin]):
    """Plug-ins by name; two of one name are refused."""

    def __init__(self, *plugins: Plugin) -> None:
        self._plugins = {plugin.name: plugin for plugin in plugins}
        if len(self._plugins) != len(plugins):
            raise ValueError("two plug-ins have the same name")

    def add(self, plugin: Plugin, *, after: str) -> None:
        """Put a plug-in of a higher layer behind the one named `after`; only at start-up. Again changes nothing."""
        if plugin.name in self._plugins:
            return
        rows: dict[str, Plugin] = {}
        for name, known in self._plugins.items():
            rows[name] = known
            if name == after:
                rows[plugin.name] = plugin
        if plugin.name not in rows:
            raise KeyError(after)
        self._plugins = rows

    def __getitem__(self, name: str) -> Plugin:
        return self._plugins[name]

    def __contains__(self, name: object) -> bool:
        return name in self._plugins

    def __iter__(self) -> Iterator[Plugin]:
        return iter(self._plugins.values())

    def __len__(self) -> int:
        return len(self._plugins)

    def names(self) -> list[str]:
        """The names, in order."""
        return list(self._plugins)
