"""The cache: what stands in it, and that nothing in it is run."""

import pickle

import pytest
from django.core.cache import cache

from virtadmin.core import bus

pytestmark = pytest.mark.usefixtures("valkey")


@pytest.mark.parametrize("value", [1, -3, 0.5, "ä", None, True, [1.5, 2.5], {"a": [1, None]}])
def test_what_is_put_in_comes_out(value: object) -> None:
    cache.set("a-key", value, 60)
    assert cache.get("a-key", "nothing") == value


def test_counting_up_is_left_to_valkey() -> None:
    cache.add("a-count", 0, 60)
    assert [cache.incr("a-count"), cache.get("a-count")] == [1, 1]


class Trap:
    """Does harm when a pickle of it is read."""

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return pytest.fail, ("what stood in Valkey was run",)


def test_whoever_writes_to_valkey_runs_nothing_in_the_hub() -> None:
    bus.connection().set(cache.make_key("a-trap"), pickle.dumps(Trap()))
    with pytest.raises(ValueError, match=r"."):
        cache.get("a-trap")
