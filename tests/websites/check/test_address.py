"""Addresses of websites, typed by people and sent by servers."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.websites.check.address import LONGEST, LONGEST_REDIRECT, AddressInvalid, parse, parse_redirect

BASE = parse("https://shop.example:8443/a/b?c=d")


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("http://example.org", "http://example.org/"),
        ("HTTPS://Example.ORG:443/Path?Q=1#part", "https://example.org/Path?Q=1"),
        ("http://example.org:8080", "http://example.org:8080/"),
        ("https://example.org:/x", "https://example.org/x"),
        ("https://bücher.example/straße?größe=1", "https://xn--bcher-kva.example/stra%C3%9Fe?gr%C3%B6%C3%9Fe=1"),
        ("https://例え.テスト/", "https://xn--r8jz45g.xn--zckzah/"),
        ("https://example.org/%C3%9F/a b", "https://example.org/%C3%9F/a%20b"),
        ("https://example.org?x=1", "https://example.org/?x=1"),
        ("http://[::1]:8080/x", "http://[::1]:8080/x"),
        ("http://[2001:DB8:0::1]/", "http://[2001:db8::1]/"),
        ("http://127.0.0.1/", "http://127.0.0.1/"),
        ("http://１２７.0.0.1/", "http://127.0.0.1/"),
        ("http://example.org./", "http://example.org./"),
        ("http://under_score.example/", "http://under_score.example/"),
        ("  https://example.org/ ", "https://example.org/"),
        ("http://example.org/\\..\\x", "http://example.org/%5C..%5Cx"),
    ],
)
def test_it_makes_an_address_fit_for_the_wire(typed: str, shown: str) -> None:
    assert parse(typed).shown == shown


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "http:// or https://"),
        ("example.org", "http:// or https://"),
        ("ftp://example.org/", "http:// or https://"),
        ("javascript:alert(1)", "http:// or https://"),
        ("https:///path", "names no host"),
        ("https://:443/", "names no host"),
        ("https://user:word@example.org/", "fields of their own"),
        ("https://user@example.org/", "fields of their own"),
        ("https://example.org:0/", "port"),
        ("https://example.org:65536/", "port"),
        ("https://example.org:８０/", "port"),
        ("https://example.org:8x/", "port"),
        ("https://::1/", "brackets"),
        ("https://[::1/", "bracket"),
        ("https://[::1]x/", "bracket"),
        ("https://[fe80::1%eth0]/", "not an IPv6 address"),
        ("https://[1.2.3.4]/", "not an IPv6 address"),
        ("https://2130706433/", "four numbers"),
        ("https://127.1/", "four numbers"),
        ("https://0x7f.0.0.1/", "four numbers"),
        ("https://exa mple.org/", "not a name"),
        ("https://exa%6dple.org/", "not a name"),
        ("https://evil.example\\@good.example/", "fields of their own"),
        ("https://" + "a" * 64 + ".example/", "not a name"),
        ("https://" + "a." * 127 + "example/", "not a name"),
        ("https://xn--ü.example/", "any language"),
        ("https://" + "ü" * 254 + "/", "not a name"),
        ("https://example.org/\r\nX: y", "line break"),
        ("https://example.org/\x00", "control character"),
        ("https://example.org/\ud800", "half of a character"),
        ("https://example.org/" + "a" * 8192, f"{LONGEST} at most"),
    ],
)
def test_it_says_what_is_wrong_with_others(typed: str, why: str) -> None:
    with pytest.raises(AddressInvalid, match=why):
        parse(typed)


@pytest.mark.parametrize(
    ("location", "shown"),
    [
        ("/new", "https://shop.example:8443/new"),
        ("new", "https://shop.example:8443/a/new"),
        ("?x", "https://shop.example:8443/a/b?x"),
        ("//other.example/x", "https://other.example/x"),
        ("http://other.example", "http://other.example/"),
        ("https://me:word@other.example/", "https://other.example/"),
        ("/größe", "https://shop.example:8443/gr%C3%B6%C3%9Fe"),
        ("#part", "https://shop.example:8443/a/b?c=d"),
    ],
)
def test_a_redirect_is_read_from_where_it_comes(location: str, shown: str) -> None:
    assert parse_redirect(BASE, location).shown == shown


@pytest.mark.parametrize("location", ["ftp://x.example/", "http://[::1", "http://a:b:c/", "x" * (LONGEST_REDIRECT + 1)])
def test_a_redirect_to_no_website_is_refused(location: str) -> None:
    with pytest.raises(AddressInvalid):
        parse_redirect(BASE, location)


ODD = st.text(alphabet=st.one_of(st.sampled_from(string.printable + "%:@[]/\\?#.ü。١\u200d"), st.characters()), max_size=80)


@given(st.one_of(ODD, ODD.map("https://".__add__), ODD.map("http://[".__add__), ODD.map("http://a.example/".__add__)))
def test_whatever_is_typed_it_is_an_address_fit_for_the_wire_or_refused(typed: str) -> None:
    try:
        address = parse(typed)
    except AddressInvalid as error:
        assert str(error).endswith(".")
        return
    assert address.shown.isascii()
    assert address.shown.isprintable()
    assert " " not in address.shown
    assert address.target.startswith("/")
    assert parse(address.shown[:LONGEST]) == address or len(address.shown) > LONGEST


@given(ODD)
def test_whatever_a_server_sends_it_leads_to_an_address_or_is_refused(location: str) -> None:
    try:
        address = parse_redirect(BASE, location)
    except AddressInvalid:
        return
    assert address.scheme in ("http", "https")
    assert "@" not in address.authority
    assert address.shown.isprintable()
