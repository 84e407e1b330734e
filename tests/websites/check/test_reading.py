"""What servers and their certificates may hold: nothing of it breaks the check or makes it wait."""

import contextlib
import gzip
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.websites import tls_authority
from virtadmin.websites.check.address import parse
from virtadmin.websites.check.answer import Answer
from virtadmin.websites.check.certificate import Memory, is_for, read
from virtadmin.websites.check.diagnosis import asks_for_certificate, in_words
from virtadmin.websites.check.failure import CheckFailure
from virtadmin.websites.check.outcome import Request
from virtadmin.websites.check.redirects import Step, following
from virtadmin.websites.check.search import SEARCHED, Search, charset_of
from virtadmin.websites.check.stages import HINTS, Stage

ODD = st.one_of(
    st.binary(max_size=200),
    st.lists(st.sampled_from([
        b"HTTP/1.1 ", b"200", b" OK", b"\r\n", b"\n", b"Content-Length: 3", b"Transfer-Encoding: chunked", b"3\r\n",
        b"0\r\n\r\n", b"abc", b"100 Continue", b": ", b"\x00", b"Set-Cookie: a=b", b"Upgrade: x",
        b"Connection: upgrade",
    ])).map(b"".join),
)  # fmt: skip


@given(ODD, st.integers(1, 50), st.sampled_from(["GET", "HEAD"]))
def test_whatever_comes_is_an_answer_or_a_failure_with_a_stage(data: bytes, size: int, method: str) -> None:
    answer = Answer(method)
    with contextlib.suppress(CheckFailure):
        for place in range(0, len(data), size):
            answer.feed(data[place : place + size])
        answer.ended()
        assert answer.complete
        assert 100 <= answer.status <= 999
        assert answer.phrase.isprintable()
    answer.close()


@given(st.integers(1, 40))
def test_an_answer_is_the_same_in_any_pieces(size: int) -> None:
    whole = b"HTTP/1.1 103 Hints\r\nA: b\r\n\r\nHTTP/1.1 200 Fine day\r\nX:\r\nRetry-After:  5 \r\n"
    whole += b"Transfer-Encoding: chunked\r\n\r\n"
    whole += b"5\r\nhello\r\n6\r\n world\r\n0\r\nRetry-After: 9\r\n\r\n"
    answer = Answer("GET")
    for place in range(0, len(whole), size):
        answer.feed(whole[place : place + size])
    assert (answer.status, answer.phrase, answer.complete) == (200, "Fine day", True)
    assert (b"".join(answer.pieces), answer.header(b"retry-after")) == (b"hello world", "5")


@given(st.text(max_size=60), st.text(min_size=1, max_size=8), st.integers(1, 7))
def test_a_text_is_found_wherever_pieces_are_cut(page: str, wanted: str, size: int) -> None:
    data = page.encode("utf-8", "replace")
    wanted = wanted.encode("utf-8", "replace").decode()
    search = Search(Request("x", text_present=wanted), "text/html", "")
    with contextlib.suppress(CheckFailure):
        for place in range(0, len(data), size):
            search.feed(data[place : place + size])
        search.ended()
        assert search.decided
    assert search.decided == (wanted in data.decode())


def test_a_page_that_is_as_large_as_is_searched_is_searched_whole() -> None:
    search = Search(Request("x", text_present="end"), "", "identity")
    search.feed(b"x" * (SEARCHED - 3))
    search.feed(b"end")
    assert search.decided


@pytest.mark.parametrize(
    ("content_type", "charset"),
    [
        ("text/html; charset=ISO-8859-15", "iso8859-15"),
        ('text/html; charset="Shift_JIS"', "shift_jis"),
        ("text/html;charset=GB18030", "gb18030"),
        ("text/html; charset=koi8-r; x=y", "koi8-r"),
        ("text/html", "utf-8"),
        ("text/html; charset=zlib", "utf-8"),
        ("text/html; charset=rot13", "utf-8"),
        ("text/html; charset=punycode", "utf-8"),
        ("text/html; charset=unicode_escape", "utf-8"),
        ("text/html; charset=iso-9999", "utf-8"),
        ("text/html; charset=\x00", "utf-8"),
    ],
)
def test_only_charsets_of_pages_are_taken(content_type: str, charset: str) -> None:
    assert charset_of(content_type) == charset


@given(st.binary(max_size=300))
def test_whatever_a_server_says_instead_of_tls_can_be_looked_at(heard: bytes) -> None:
    assert asks_for_certificate(heard) in (True, False)


def test_a_request_for_a_certificate_is_found_across_records() -> None:
    messages = b"\x02\x00\x00\x02ab" + b"\x0d\x00\x00\x01x" + b"\x0e\x00\x00\x00"
    records = b"".join(b"\x16\x03\x03\x00\x05" + messages[at : at + 5] for at in range(0, 15, 5))
    assert asks_for_certificate(records)
    assert not asks_for_certificate(records[:11])


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("SSLV3_ALERT_HANDSHAKE_FAILURE", "the server says “handshake failure”"),
        ("TLSV13_ALERT_CERTIFICATE_REQUIRED", "the server says “certificate required”"),
        ("UNSAFE_LEGACY_RENEGOTIATION_DISABLED", "unsafe legacy renegotiation disabled"),
        ("", "no reason given"),
    ],
)
def test_openssls_words_are_told_in_ours(word: str, told: str) -> None:
    assert in_words(word) == told


@pytest.mark.parametrize(
    ("name", "host", "is_it"),
    [
        ("shop.example", "SHOP.example.", True),
        ("*.shop.example", "a.shop.example", True),
        ("*.shop.example", "shop.example", False),
        ("*.shop.example", "a.b.shop.example", False),
        ("*.example", "shop.example", False),
        ("s*.example.org", "shop.example.org", False),
        ("127.0.0.1", "127.0.0.1", True),
    ],
)
def test_a_name_with_a_star_stands_for_one_label(name: str, host: str, is_it: bool) -> None:
    assert is_for(name, host) == is_it


@given(st.binary(max_size=100))
def test_what_is_no_certificate_is_none(der: bytes) -> None:
    assert read(der) is None


def test_a_certificate_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    made = [tls_authority.root(f"Root {number}") for number in range(4)]
    memory, times = Memory(), []

    def counted(der: bytes) -> object:
        times.append(der)
        return read(der)

    monkeypatch.setattr("virtadmin.websites.check.certificate.read", counted)
    monkeypatch.setattr("virtadmin.websites.check.certificate.MOST", 3)
    for each in (*made, *made[1:], made[0]):
        facts = memory.facts(each.der)
        assert facts
        assert facts.self_signed
    assert len(times) == 5


@pytest.mark.parametrize("kind", tls_authority.KEYS)
def test_any_key_is_named(kind: str) -> None:
    shown = tls_authority.issued("x", (), None, key=tls_authority.KEYS[kind]())
    facts = read(shown.der)
    assert facts
    assert (facts.key, facts.self_signed) == (kind, True)


def test_every_stage_has_a_hint() -> None:
    assert set(HINTS) == set(Stage)
    assert all(re.fullmatch(r"[A-Z].*\.", hint) for hint in HINTS.values())


def test_odd_parts_of_a_certificate_are_left_out() -> None:
    der = tls_authority.issued("x", ("x.example",), None, points_to_issuer=True).der
    for known in ("06072a8648ce3d0201", "0603551d11", "06082b06010505070101"):  # the key's kind, names, issuer's place
        oid = bytes.fromhex(known)
        assert oid in der
        facts = read(der.replace(oid, oid[:-1] + b"\x7e"))
        assert facts is None or facts.subject == "x"
    broken = der.replace(b"\x82\x09x.example", b"\xff\x09x.example")
    facts = read(broken)
    assert facts
    assert (facts.names, facts.self_signed, facts.points_to_issuer) == ((), False, False)


def test_what_is_broken_after_a_good_beginning_is_told() -> None:
    search = Search(Request("x", text_present="x"), "", "gzip")
    search.feed(gzip.compress(b"hello " * 100)[:-8])
    with pytest.raises(CheckFailure) as told:
        search.feed(b"\xff" * 8)  # instead of the checksum
    assert told.value.stage == Stage.INVALID_HTTP


def test_a_page_that_unpacks_to_nothing_for_ever_is_not_read_for_ever() -> None:
    search = Search(Request("x", text_present="x"), "", "gzip")
    search.feed(gzip.compress(b""))
    search.feed(b"\0" * 900_000)
    with pytest.raises(CheckFailure) as told:
        search.feed(b"\0" * 200_000)
    assert told.value.stage == Stage.UNPACKED_TOO_LARGE


def test_cookies_are_few_and_plain() -> None:
    answer = Answer("GET")
    cookies = "".join(f"Set-Cookie: c{number}={'x' * 4000}\r\n" for number in range(5))
    answer.feed(f"HTTP/1.1 302 x\r\n{cookies}Set-Cookie: größe=1\r\nSet-Cookie: none\r\nLocation: /\r\n\r\n".encode())
    after, _ = following(Step(parse("http://shop.example/a"), "GET"), answer)
    assert list(after.cookies["shop.example"]) == ["c3", "c4"]
