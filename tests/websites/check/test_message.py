"""The bytes of a request: what a person gave overrides, nothing can add a line."""

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.websites.check.conftest import Check
from tests.websites.check.servers import OK, website
from virtadmin import __version__
from virtadmin.websites.check.address import parse
from virtadmin.websites.check.failure import CheckFailure
from virtadmin.websites.check.message import request_bytes
from virtadmin.websites.check.outcome import Request
from virtadmin.websites.check.stages import Stage

SHOP = parse("https://shop.example:8443/a?b=c")


def sent(request: Request, *, trusted: bool = True, cookies: str = "") -> tuple[list[str], bytes]:
    """The lines of the head, and the body."""
    head, _, body = request_bytes(request, SHOP, method=request.method, cookies=cookies, trusted=trusted).partition(
        b"\r\n\r\n"
    )
    return head.decode("latin-1").split("\r\n"), body


def test_it_says_who_asks_and_wants_the_page_as_it_is() -> None:
    lines, body = sent(Request("x"))
    assert lines == [
        "GET /a?b=c HTTP/1.1", "Host: shop.example:8443", "Connection: close",
        f"User-Agent: Virtadmin/{__version__} (website check)", "Accept: */*", "Accept-Encoding: identity",
    ]  # fmt: skip
    assert body == b""


def test_a_persons_headers_override_the_hubs_whatever_their_case() -> None:
    lines, _ = sent(Request("x", headers={"user-agent": "Mine", "ACCEPT": " text/html ", "X-More": "größer €"}))
    assert [line for line in lines if line.lower().startswith("user-agent")] == ["user-agent: Mine"]
    assert [line for line in lines if line.lower().startswith("accept:")] == ["ACCEPT: text/html"]
    assert any(line.startswith("X-More: gr") for line in lines)


def test_a_password_is_sent_unless_a_header_says_otherwise() -> None:
    words = base64.b64encode("me:wörd:x".encode()).decode()
    assert f"Authorization: Basic {words}" in sent(Request("x", username="me", password="wörd:x"))[0]
    lines, _ = sent(Request("x", username="me", password="word", headers={"authorization": "Bearer y"}))
    assert [line for line in lines if line.lower().startswith("authorization")] == ["authorization: Bearer y"]


def test_nothing_of_the_persons_goes_where_it_is_not_trusted() -> None:
    request = Request("x", method="POST", body=b"name=value", headers={"X-Key": "key"}, username="me", password="word")
    lines, body = sent(request, trusted=False, cookies="seen=yes")
    assert [line.partition(":")[0] for line in lines[1:]] == [
        "Host", "Connection", "User-Agent", "Accept", "Accept-Encoding", "Cookie", "Content-Length",
    ]  # fmt: skip
    assert (body, lines[-1]) == (b"", "Content-Length: 0")


@pytest.mark.parametrize(
    "headers",
    [
        {"X-A": "b\r\nX-C: d"}, {"X-A": "b\nc"}, {"X-A": "b\x00"}, {"X-A\r\nX-B": "c"}, {"X A": "b"}, {"": "b"},
        {"X-A:": "b"}, {"Content-Length": "9"}, {"transfer-encoding": "chunked"}, {"Host": "other"}, {"Größe": "b"},
    ],
)  # fmt: skip
async def test_a_header_that_could_be_more_than_one_is_told_before_anybody_is_asked(
    check: Check, headers: dict[str, str]
) -> None:
    async with website(OK) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/", headers=headers)
    assert (outcome.stage, site.requests) == (Stage.REQUEST, [])
    assert outcome.reason.startswith("A header cannot be sent: ")


@settings(max_examples=50)
@given(
    st.dictionaries(st.text(max_size=8), st.text(max_size=20), max_size=3),
    st.text(max_size=9),
    st.text(max_size=9),
)
def test_whatever_is_given_the_head_has_the_lines_it_should(headers: dict[str, str], user: str, word: str) -> None:
    try:
        whole = request_bytes(
            Request("x", headers=headers, username=user, password=word), SHOP, method="GET", cookies="", trusted=True
        )
    except CheckFailure:
        return
    head, _, body = whole.partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    names = {line.partition(b":")[0].lower() for line in lines[1:]}
    assert b"\n" not in head.replace(b"\r\n", b"")
    assert b"\r" not in head.replace(b"\r\n", b"")
    assert len(names) <= len(lines) - 1 <= 5 + len(headers) + bool(user or word)
    assert body == b""
