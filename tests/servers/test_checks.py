"""The rules for what people enter."""

from collections.abc import Callable
from typing import Any

import pytest

from virtadmin.core.errors import InvalidInput
from virtadmin.servers import checks
from virtadmin.ssh.keys import key_pair_generate

PAIR = key_pair_generate()
DIGEST = "OgK4ZhU9H1u6+mcejJSUDUR+NpBbnypOpWbm7VJ/+so"


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (checks.port_checked, [1, 22, 65535], [0, 65536, -1, True, "22", 2.5, None]),
        (checks.interval_checked, [5, 3600], [4, 3601, "60"]),
        (checks.link_speed_checked, [1, 1_000_000, None], [0, 1_000_001, "fast"]),
    ],
)
def test_numbers_keep_to_their_range(check: Callable[[Any], Any], good: list[Any], bad: list[Any]) -> None:
    assert [check(value) for value in good] == good
    for value in bad:
        with pytest.raises(InvalidInput, match="number"):
            check(value)


def test_a_name_is_one_printable_line() -> None:
    assert checks.line_checked("name", "  Müller’s web 🚀 ") == "Müller’s web 🚀"
    assert checks.line_checked("name", " ", may_be_empty=True) == ""
    for bad in ("", "a" * 101, "two\nlines", "bell\x07", "right\u202eleft"):
        with pytest.raises(InvalidInput) as caught:
            checks.line_checked("name", bad)
        assert caught.value.field == "name"


def test_a_fingerprint_is_taken_in_every_common_spelling() -> None:
    for spelling in (f"SHA256:{DIGEST}", DIGEST, f" SHA256:{DIGEST}= "):
        assert checks.fingerprint_checked(spelling) == f"SHA256:{DIGEST}"
    assert checks.fingerprint_checked("") == ""
    for bad in ("MD5:aa:bb:cc", "SHA256:short", DIGEST + "x"):
        with pytest.raises(InvalidInput):
            checks.fingerprint_checked(bad)
    with pytest.raises(InvalidInput) as caught:
        checks.fingerprint_checked("", field="fingerprint", may_be_empty=False)
    assert caught.value.field == "fingerprint"


def test_a_login_has_a_password_or_a_key_that_can_be_read() -> None:
    assert checks.secrets_checked(" pass word ", "", "unused") == (" pass word ", "", "")
    assert checks.secrets_checked("", PAIR.private, "x") == ("", PAIR.private.strip(), "x")
    for secrets, field in (
        (("", "", ""), "password"),
        (("two\nlines", "", ""), "password"),
        (("p" * 1001, "", ""), "password"),
        (("", PAIR.private, "\0"), "ssh_key_passphrase"),
        (("", PAIR.public, ""), "ssh_key"),
        (("", "k" * 40_000, ""), "ssh_key"),
    ):
        with pytest.raises(InvalidInput) as caught:
            checks.secrets_checked(*secrets)
        assert caught.value.field == field


def test_metrics_and_tags_are_known_and_counted_once() -> None:
    assert checks.metrics_checked(["load1", "cpu_usage", "load1"], ["cpu_usage", "load1"]) == ["cpu_usage", "load1"]
    with pytest.raises(InvalidInput, match="No such metric: nonsense"):
        checks.metrics_checked(["nonsense"], ["cpu_usage"])
    assert checks.tags_checked([" web", "db", "web"]) == ["db", "web"]
    for bad in (["x" * 51], [""], [str(n) for n in range(51)]):
        with pytest.raises(InvalidInput) as caught:
            checks.tags_checked(bad)
        assert caught.value.field == "tags"
