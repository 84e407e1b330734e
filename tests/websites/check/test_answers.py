"""Answers of real servers, good, odd and broken."""

import gzip
import zlib

import pytest

from tests.websites.check.conftest import Check
from tests.websites.check.servers import OK, for_ever, silent, then_nothing, website
from virtadmin.websites.check.stages import Stage

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "status", "phrase"),
    [
        (OK, 200, "OK"),
        (CHUNKED, 200, "OK"),
        (b"HTTP/1.1 200 All fine\r\n\r\nuntil the end", 200, "All fine"),
        (b"HTTP/1.0 200 OK\r\n\r\nuntil the end", 200, "OK"),
        (b"HTTP/1.1 204\r\n\r\n", 204, "No Content"),
        (b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", 204, "No Content"),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK, 200, "OK"),
        (b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", 200, "OK"),
        (OK + b"more than was said", 200, "OK"),
        (b"HTTP/1.1 200 OK\r\nX-Empty:\r\nContent-Length: 5\r\n\r\nhello", 200, "OK"),
        (b"HTTP/1.1 299 \r\nContent-Length: 0\r\n\r\n", 299, ""),
    ],
)
async def test_it_is_up(check: Check, answer: bytes, status: int, phrase: str) -> None:
    async with website(answer) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/")
    assert (outcome.stage, outcome.reason, outcome.status, outcome.phrase) == (None, "", status, phrase)
    assert outcome.address == "127.0.0.1"
    assert outcome.phases.dns is outcome.phases.tls is None
    assert 0 < (outcome.phases.tcp or 0) < (outcome.phases.total or 0)
    assert 0 < (outcome.phases.first_byte or 0) < (outcome.phases.total or 0)


@pytest.mark.parametrize(
    ("answer", "stage", "told"),
    [
        (b"", Stage.CLOSED, "without an answer"),
        (b"HTTP/1.1 200 OK\r\nContent-", Stage.CLOSED, "in the middle of its answer's head"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", Stage.CLOSED, "in the middle of its answer."),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", Stage.CLOSED, "in the middle of its answer."),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Stage.INVALID_HTTP, "begins with “SSH-2.0-OpenSSH_9.2”"),
        (b"\x15\x03\x01\x00\x02\x02\x46", Stage.INVALID_HTTP, "not HTTP"),
        (b"HTTP/1.1 abc\r\n\r\n", Stage.INVALID_HTTP, "not HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", Stage.INVALID_HTTP, "not in the form"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 70_000, Stage.HEADERS_TOO_LARGE, "64 KiB"),
        (b"HTTP/1.1 103 Hints\r\nX: y\r\n\r\n" * 4000, Stage.HEADERS_TOO_LARGE, "64 KiB"),
        (b"HTTP/1.1 304 Not Modified\r\n\r\n", Stage.STATUS, "HTTP 304 Not Modified; expected is 200-299."),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n??", Stage.STATUS, "HTTP 101 Switching;"),
        (b"HTTP/1.1 500 \r\nContent-Length: 999\r\n\r\n", Stage.STATUS, "HTTP 500 Internal Server Error;"),
        (b"HTTP/1.1 599 Odd\x07 one\r\n\r\n", Stage.STATUS, "HTTP 599 Odd one;"),
    ],
)
async def test_what_is_wrong_has_its_own_stage(check: Check, answer: bytes, stage: Stage, told: str) -> None:
    async with website(answer) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/")
    assert (outcome.stage, bool(outcome.hint)) == (stage, True)
    assert told in outcome.reason


@pytest.mark.parametrize(
    ("answer", "stage"),
    [
        (b"", Stage.HEADERS_TIMEOUT),
        (b"HTTP/1.1 200 OK\r\nContent", Stage.HEADERS_TIMEOUT),
        (b"HTTP/1.1 100 Continue\r\n\r\n", Stage.HEADERS_TIMEOUT),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhello", Stage.BODY_TIMEOUT),
        (b"HTTP/1.1 200 OK\r\n\r\nhello", Stage.BODY_TIMEOUT),
    ],
)
async def test_a_server_that_hangs_is_waited_for_as_long_as_was_said(check: Check, answer: bytes, stage: Stage) -> None:
    async with website(then_nothing(answer)) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/", timeout=0.4)
    assert outcome.stage == stage
    assert outcome.reason.endswith("within 0.4 s.")
    assert 0.4 <= (outcome.phases.total or 0)


async def test_an_endless_body_is_read_as_far_as_it_matters(check: Check) -> None:
    async with website(for_ever(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 10_000)) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/")
    assert outcome.stage is None


async def test_an_endless_head_is_not_read_for_ever(check: Check) -> None:
    async with website(for_ever(b"HTTP/1.1 200 OK\r\n", b"X-More: and more\r\n" * 500)) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/")
    assert outcome.stage == Stage.HEADERS_TOO_LARGE


async def test_a_status_that_is_wrong_is_told_before_the_body_comes(check: Check) -> None:
    async with website(then_nothing(b"HTTP/1.1 503 Busy\r\nContent-Length: 10\r\n\r\n")) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/")
    assert (outcome.stage, outcome.status) == (Stage.STATUS, 503)


async def test_an_answer_to_head_has_no_body_whatever_it_says(check: Check) -> None:
    async with website(then_nothing(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/", method="HEAD")
    assert outcome.stage is None
    assert site.requests[0].startswith("HEAD / HTTP/1.1\r\n")


@pytest.mark.parametrize("status", [429, 503])
async def test_a_busy_server_says_when_to_come_back(check: Check, status: int) -> None:
    async with website(f"HTTP/1.1 {status} x\r\nRetry-After: 120\r\n\r\n".encode()) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/")
    assert (outcome.stage, outcome.status, outcome.retry_after) == (Stage.STATUS, status, 120.0)


async def test_any_answer_will_do_where_no_status_is_expected(check: Check) -> None:
    async with website(b"HTTP/1.1 500 Broken\r\n\r\n") as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/", statuses=())
    assert (outcome.stage, outcome.status, outcome.phrase) == (None, 500, "Broken")


async def test_a_port_where_nobody_listens_refuses(check: Check) -> None:
    async with silent() as port:
        pass
    outcome = await check(f"http://127.0.0.1:{port}/")
    assert (outcome.stage, outcome.status) == (Stage.REFUSED, None)
    assert outcome.reason == f"Nothing listens on port {port} of 127.0.0.1, or a firewall refuses."


def page(text: str, charset: str = "utf-8", packing: str = "") -> bytes:
    """An answer that holds the text."""
    body = text.encode(charset)
    if packing == "gzip":
        body = gzip.compress(body)
    elif packing == "deflate":
        body = zlib.compress(body)
    elif packing == "raw":
        body = zlib.compress(body, wbits=-15)
    named = {"raw": "deflate"}.get(packing, packing)
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=\"{charset}\"\r\nContent-Length: {len(body)}\r\n"
    return (head + (f"Content-Encoding: {named}\r\n" if named else "") + "\r\n").encode() + body


@pytest.mark.parametrize("charset", ["utf-8", "latin-1", "utf-16", "windows-1252"])
@pytest.mark.parametrize("packing", ["", "gzip", "deflate", "raw"])
async def test_a_text_is_found_in_any_charset_and_packing(check: Check, charset: str, packing: str) -> None:
    async with website(page("x" * 70_000 + "Grüße" + "y" * 1000, charset, packing)) as site:
        found = await check(f"http://127.0.0.1:{site.port}/", text_present="Grüße")
        forbidden = await check(f"http://127.0.0.1:{site.port}/", text_absent="Grüße")
        neither = await check(f"http://127.0.0.1:{site.port}/", text_present="Gruss", text_absent="Hallo")
        both = await check(f"http://127.0.0.1:{site.port}/", text_present="Grüße", text_absent="Hallo")
    assert (found.stage, both.stage) == (None, None)
    assert (forbidden.stage, forbidden.reason) == (Stage.TEXT_FORBIDDEN, "The page holds “Grüße”.")
    assert (neither.stage, neither.reason) == (Stage.TEXT_MISSING, "The page does not hold “Gruss”.")


@pytest.mark.parametrize(
    ("answer", "stage"),
    [
        (page("x" * 1_100_000), Stage.BODY_TOO_LARGE),
        (page("x" * 1_100_000, packing="gzip"), Stage.UNPACKED_TOO_LARGE),
        (page("\0" * 100_000_000, packing="gzip"), Stage.UNPACKED_TOO_LARGE),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nnot that", Stage.INVALID_HTTP),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: br\r\n\r\nx", Stage.INVALID_HTTP),
        (b"HTTP/1.1 204 No Content\r\n\r\n", Stage.TEXT_MISSING),
    ],
)
@pytest.mark.parametrize("wanted", [{"text_present": "Grüße"}, {"text_present": "Grüße", "text_absent": "Hallo"}])
async def test_a_page_that_cannot_be_searched_is_told_apart(
    check: Check, answer: bytes, stage: Stage, wanted: dict[str, str]
) -> None:
    async with website(answer) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/", **wanted)
    assert outcome.stage == stage


async def test_a_text_that_comes_first_is_enough_of_an_endless_page(check: Check) -> None:
    async with website(for_ever(b"HTTP/1.1 200 OK\r\n\r\nhello", b"x" * 10_000)) as site:
        found = await check(f"http://127.0.0.1:{site.port}/", text_present="hello")
        forbidden = await check(f"http://127.0.0.1:{site.port}/", text_absent="hello")
    assert (found.stage, forbidden.stage) == (None, Stage.TEXT_FORBIDDEN)


async def test_a_website_of_ipv6_is_asked(check: Check) -> None:
    async with website(OK, host="::1") as site:
        outcome = await check(f"http://[::1]:{site.port}/x")
    assert (outcome.stage, outcome.address) == (None, "::1")
    assert f"Host: [::1]:{site.port}\r\n" in site.requests[0]
