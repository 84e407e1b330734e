"""Headers that people give a check."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.core.errors import InvalidInput
from virtadmin.websites.headers import LARGEST, MOST, headers_checked, headers_together


def test_names_and_values_are_kept_and_blanks_around_values_are_not() -> None:
    given = {"X-A!#$%&'*+.^_`|~9": " \ta b\t ", "Accept": ""}
    assert headers_checked("headers", given) == {"X-A!#$%&'*+.^_`|~9": "a b", "Accept": ""}


@pytest.mark.parametrize(
    "headers",
    [
        {"": "x"},
        {"A B": "x"},
        {"A:": "x"},
        {"Ä": "x"},
        {"A\r\nB": "x"},
        {7: "x"},
        {"A": "x\r\nB: y"},
        {"A": "x\ny"},
        {"A": "x\0"},
        {"A": "ü"},
        {"A": 7},
        {"A": None},
        {"HOST": "x"},
        {"content-Length": "0"},
        {"Transfer-Encoding": "chunked"},
        {"Connection": "close"},
        {"Upgrade": "h2c"},
        ["A"],
        "A: x",
        None,
    ],
)
def test_what_would_be_no_header_or_another_request_is_refused(headers: Any) -> None:
    with pytest.raises(InvalidInput) as caught:
        headers_checked("secret_headers", headers)
    assert caught.value.field == "secret_headers"


@given(st.dictionaries(st.text(max_size=10), st.text(max_size=20), max_size=5))
def test_whatever_passes_is_one_line_each(headers: dict[str, str]) -> None:
    try:
        passed = headers_checked("headers", headers)
    except InvalidInput:
        return
    for name, value in passed.items():
        assert f"{name}: {value}".isascii()
        assert not set(f"{name}{value}") & set("\r\n\0")


@pytest.mark.parametrize(
    ("plain", "secret", "basic", "says"),
    [
        ({"Accept": "a", "accept": "b"}, {}, False, "more than once"),
        ({"X-Key": "a"}, {"x-key": "b"}, False, "more than once"),
        ({f"A{number}": "" for number in range(MOST)}, {"B": ""}, False, "50 headers"),
        ({"A": "x" * (LARGEST - 4)}, {}, False, "8192 bytes"),
        ({}, {"authorization": "Bearer x"}, True, "not both"),
    ],
)
def test_together_they_are_one_request(plain: dict[str, str], secret: dict[str, str], basic: bool, says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as caught:
        headers_together("headers", plain, secret, basic=basic)
    assert caught.value.field == "headers"


def test_as_many_as_may_be_are_taken() -> None:
    headers_together("headers", {f"A{number}": "" for number in range(MOST)}, {}, basic=True)
    headers_together("headers", {"A": "x" * (LARGEST - 5)}, {}, basic=True)
    headers_together("headers", {"Authorization": "Bearer x"}, {}, basic=False)
