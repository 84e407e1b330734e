"""The registry of plug-ins."""

from dataclasses import dataclass

import pytest

from virtadmin.core.registry import Registry


@dataclass(frozen=True)
class Plugin:
    name: str


def test_it_keeps_order_and_finds_by_name() -> None:
    registry = Registry(Plugin("b"), Plugin("a"))
    assert registry.names() == ["b", "a"]
    assert [plugin.name for plugin in registry] == ["b", "a"]
    assert registry["a"] == Plugin("a")
    assert "a" in registry
    assert "c" not in registry
    assert len(registry) == 2


def test_two_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        Registry(Plugin("a"), Plugin("a"))


def test_a_higher_layer_puts_its_own_behind_a_known_one() -> None:
    registry = Registry(Plugin("a"), Plugin("b"))
    registry.add(Plugin("x"), after="a")
    registry.add(Plugin("x"), after="b")
    assert registry.names() == ["a", "x", "b"]
    with pytest.raises(KeyError):
        registry.add(Plugin("y"), after="z")
