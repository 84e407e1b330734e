"""TLS of real servers: what is told apart, and what is read of certificates that are not valid."""

import ssl
import warnings
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from tests.websites.check.conftest import Check
from tests.websites.check.servers import OK, blocking, going_away, names, silent, then_nothing, website
from tests.websites.tls_authority import DAY, Issued, intermediate, issued, root, server_context
from virtadmin.websites.check.stages import Stage

HOST = "shop.example"
HERE = names(shop_example="127.0.0.1")


def good(below: Issued, **more: Any) -> Issued:
    """A certificate for the website, issued by the intermediate."""
    return issued(HOST, (HOST, "*.shop.example"), below, points_to_issuer=True, **more)


async def seen(check: Check, tls: ssl.SSLContext, own: Issued, **fields: Any) -> Any:
    """The outcome for the website with this TLS, when the root is trusted."""
    with blocking(tls) as port:
        return await check(f"https://{HOST}:{port}/", resolve=HERE, ca_certificates=own.pem, **fields)


async def test_a_good_certificate_is_read(check: Check, root: Issued, below: Issued) -> None:
    shown = good(below)
    outcome = await seen(check, server_context(shown, below), root)
    certificate = outcome.certificate
    assert (outcome.stage, outcome.reason, outcome.status) == (None, "", 200)
    assert 0 < outcome.phases.tls < outcome.phases.total
    assert (certificate.subject, certificate.issuer) == (HOST, "Tests' intermediate")
    assert certificate.names == (HOST, "*.shop.example")
    assert (certificate.key, certificate.protocol) == ("EC P-256", "TLSv1.3")
    assert certificate.begins == shown.certificate.not_valid_before_utc.timestamp()
    assert certificate.expires == shown.certificate.not_valid_after_utc.timestamp()
    assert len(certificate.fingerprint) == 64
    assert int(certificate.serial, 16) == shown.certificate.serial_number
    flags = certificate.trusted, certificate.name_matches, certificate.chain_complete, certificate.self_signed
    assert flags == (True, True, True, False)


Bad = tuple[ssl.SSLContext, Stage, str, tuple[bool, bool, bool, bool]]


def expired(below: Issued) -> Bad:
    shown = good(below, begins=-9 * DAY, expires=-2 * DAY)
    told = f"The certificate expired on {shown.certificate.not_valid_after_utc:%Y-%m-%d %H:%M} UTC."
    return server_context(shown, below), Stage.CERTIFICATE_EXPIRED, told, (True, True, True, False)


def not_yet_valid(below: Issued) -> Bad:
    shown = good(below, begins=2 * DAY)
    told = f"not valid before {shown.certificate.not_valid_before_utc:%Y-%m-%d %H:%M} UTC."
    return server_context(shown, below), Stage.CERTIFICATE_NOT_YET_VALID, told, (True, True, True, False)


def wrong_host(below: Issued) -> Bad:
    shown = issued("other", ("a.example", "b.example"), below, points_to_issuer=True)
    told = "The certificate is for a.example, b.example, not for shop.example."
    return server_context(shown, below), Stage.CERTIFICATE_WRONG_HOST, told, (True, False, True, False)


def no_names(below: Issued) -> Bad:
    told = "The certificate is for no name, not for shop.example."
    shown = issued(HOST, (), below)
    return server_context(shown, below), Stage.CERTIFICATE_WRONG_HOST, told, (True, False, True, False)


def self_signed(_: Issued) -> Bad:
    told = "signed by nobody but itself"
    return server_context(issued(HOST, (HOST,), None)), Stage.CERTIFICATE_SELF_SIGNED, told, (False, True, True, True)


def chain_incomplete(below: Issued) -> Bad:
    told = "does not send the intermediate certificate of Tests' intermediate"
    return server_context(good(below)), Stage.CERTIFICATE_CHAIN_INCOMPLETE, told, (False, True, False, False)


def unrelated_chain(below: Issued) -> Bad:
    tls = server_context(good(below), intermediate(root(), "Another"))
    return tls, Stage.CERTIFICATE_CHAIN_INCOMPLETE, "does not send", (False, True, False, False)


def unknown_ca(_: Issued) -> Bad:
    stranger = intermediate(root("Stranger"), "Stranger's intermediate")
    told = "issued by Stranger's intermediate, unknown to the hub"
    return server_context(good(stranger), stranger), Stage.CERTIFICATE_UNTRUSTED, told, (False, True, True, False)


def unknown_ca_with_root(_: Issued) -> Bad:
    stranger = root("Stranger")
    tls = server_context(good(stranger), stranger)
    return tls, Stage.CERTIFICATE_UNTRUSTED, "issued by Stranger, unknown", (False, True, True, False)


def unknown_ca_alone(_: Issued) -> Bad:
    shown = issued(HOST, (HOST,), root("Stranger"))
    return server_context(shown), Stage.CERTIFICATE_UNTRUSTED, "issued by Stranger, unknown", (False, True, True, False)


BAD = [
    expired, not_yet_valid, wrong_host, no_names, self_signed, chain_incomplete, unrelated_chain, unknown_ca,
    unknown_ca_with_root, unknown_ca_alone,
]  # fmt: skip


@pytest.mark.parametrize("made", BAD)
async def test_a_bad_certificate_is_told_apart_and_read(
    check: Check, root: Issued, below: Issued, made: Callable[[Issued], Bad]
) -> None:
    tls, stage, told, flags = made(below)
    outcome = await seen(check, tls, root)
    assert (outcome.stage, outcome.status) == (stage, None)
    assert told in outcome.reason
    assert outcome.hint
    found = outcome.certificate
    assert (found.trusted, found.name_matches, found.chain_complete, found.self_signed) == flags


@pytest.mark.parametrize("made", BAD)
async def test_where_nothing_is_verified_the_check_goes_on_and_says_as_much(
    check: Check, root: Issued, below: Issued, made: Callable[[Issued], Bad]
) -> None:
    tls, _, _, flags = made(below)
    outcome = await seen(check, tls, root, verify_tls=False)
    assert (outcome.stage, outcome.status) == (None, 200)
    found = outcome.certificate
    assert (found.trusted, found.name_matches, found.chain_complete, found.self_signed) == flags


async def test_an_intermediate_that_expired_is_not_taken_for_the_websites(check: Check, root: Issued) -> None:
    old = intermediate(root, begins=-9 * DAY, expires=-DAY)
    outcome = await seen(check, server_context(good(old), old), root)
    assert outcome.stage == Stage.CERTIFICATE_EXPIRED
    assert outcome.reason == "A certificate between the website's and its CA's expired."


async def test_the_certificate_of_an_ip_address_is_matched(check: Check, root: Issued) -> None:
    async with website(OK, tls=server_context(issued("ip", ("127.0.0.1",), root))) as site:
        outcome = await check(f"https://127.0.0.1:{site.port}/", ca_certificates=root.pem)
    assert outcome.stage is None
    async with website(OK, tls=server_context(issued("ip", ("127.0.0.2",), root))) as site:
        outcome = await check(f"https://127.0.0.1:{site.port}/", ca_certificates=root.pem)
    assert outcome.stage == Stage.CERTIFICATE_WRONG_HOST
    assert outcome.reason == "The certificate is for 127.0.0.2, not for 127.0.0.1."


async def test_a_self_signed_certificate_may_be_the_websites_own_ca(check: Check) -> None:
    shown = issued(HOST, (HOST,), None)
    outcome = await seen(check, server_context(shown), shown)
    assert (outcome.stage, outcome.certificate.self_signed, outcome.certificate.trusted) == (None, True, True)


async def test_an_own_ca_that_is_none_is_told(check: Check) -> None:
    async with website(OK, tls=server_context(issued(HOST, (HOST,), None))) as site:
        outcome = await check(f"https://{HOST}:{site.port}/", resolve=HERE, ca_certificates="not PEM")
    assert (outcome.stage, "PEM" in outcome.reason) == (Stage.REQUEST, True)


def old_tls(shown: Issued) -> ssl.SSLContext:
    """A server that speaks TLS 1.0 alone."""
    tls = server_context(shown)
    tls.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        tls.minimum_version = tls.maximum_version = ssl.TLSVersion.TLSv1
    return tls


async def test_a_server_of_old_tls_is_told_and_its_certificate_read(check: Check, root: Issued) -> None:
    shown = issued(HOST, (HOST,), root)
    outcome = await seen(check, old_tls(shown), root)
    assert (outcome.stage, outcome.reason) == (Stage.TLS_TOO_OLD, "The server speaks nothing newer than TLSv1.")
    assert (outcome.certificate.protocol, outcome.certificate.subject) == ("TLSv1", HOST)
    outcome = await seen(check, old_tls(shown), root, verify_tls=False)
    assert (outcome.stage, outcome.status, outcome.certificate.protocol) == (None, 200, "TLSv1")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_server_that_wants_a_client_certificate_is_told(
    check: Check, root: Issued, version: ssl.TLSVersion
) -> None:
    tls = server_context(issued(HOST, (HOST,), root))
    tls.maximum_version, tls.verify_mode = version, ssl.CERT_REQUIRED
    tls.load_verify_locations(cadata=root.pem)
    for verify in (True, False):
        outcome = await seen(check, tls, root, verify_tls=verify)
        assert (outcome.stage, outcome.status) == (Stage.CLIENT_CERTIFICATE, None)


async def test_the_name_is_told_to_a_server_of_many_names(check: Check, root: Issued) -> None:
    tls = server_context(issued("default", ("default.example",), root))
    right = server_context(issued(HOST, (HOST,), root))

    def choose(connection: ssl.SSLObject, name: str | None, _: ssl.SSLContext) -> int | None:
        if name != HOST:
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME
        connection.context = right
        return None

    tls.sni_callback = choose  # type: ignore[assignment]
    assert (await seen(check, tls, root)).stage is None
    with blocking(tls) as port:
        nameless = await check(f"https://127.0.0.1:{port}/", ca_certificates=root.pem)
    assert (nameless.stage, nameless.reason) == (Stage.TLS_FAILED, "TLS failed: the server says “unrecognized name”.")


async def test_the_name_of_another_language_is_matched(check: Check, root: Issued) -> None:
    shown = issued("bücher", ("xn--bcher-kva.example",), root)
    async with website(OK, tls=server_context(shown)) as site:
        uri = f"https://bücher.example:{site.port}/käse?ä=ß"
        here = names(**{"xn--bcher-kva_example": "127.0.0.1"})
        outcome = await check(uri, resolve=here, ca_certificates=root.pem)
    assert (outcome.stage, outcome.certificate and outcome.certificate.name_matches) == (None, True)
    assert site.requests[0].startswith("GET /k%C3%A4se?%C3%A4=%C3%9F HTTP/1.1\r\nHost: xn--bcher-kva.example:")


@pytest.mark.parametrize(
    ("first", "told"),
    [
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", "plain HTTP"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "something that is not TLS"),
        (b"220 mail.example ESMTP\r\n", "something that is not TLS"),
    ],
)
async def test_what_is_not_tls_is_told(check: Check, first: bytes, told: str) -> None:
    for verify in (True, False):
        async with silent(first) as port:
            outcome = await check(f"https://127.0.0.1:{port}/", verify_tls=verify)
        assert (outcome.stage, outcome.reason) == (Stage.NOT_TLS, f"On port {port} the server speaks {told}.")


async def test_a_server_that_hangs_in_its_handshake_is_waited_for(check: Check) -> None:
    async with silent() as port:
        outcome = await check(f"https://127.0.0.1:{port}/", timeout=0.4)
    assert (outcome.stage, outcome.reason) == (Stage.TLS_TIMEOUT, "The TLS handshake did not end within 0.4 s.")
    assert outcome.phases.tcp is not None


async def test_a_server_that_goes_away_in_its_handshake_is_told(check: Check) -> None:
    async with going_away() as port:
        outcome = await check(f"https://127.0.0.1:{port}/")
    assert outcome.stage == Stage.TLS_FAILED
    assert outcome.reason == "The server ended the connection during the TLS handshake."


async def test_a_handshake_the_two_do_not_agree_on_is_told(check: Check, root: Issued) -> None:
    tls = server_context(issued(HOST, (HOST,), root))
    tls.maximum_version = ssl.TLSVersion.TLSv1_2
    tls.set_ciphers("ECDHE-ECDSA-AES128-GCM-SHA256")
    assert (await seen(check, tls, root)).stage is None
    tls.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")  # which goes with no key the server has
    outcome = await seen(check, tls, root)
    assert outcome.stage == Stage.TLS_FAILED
    assert outcome.reason == "TLS failed: the server says “handshake failure”."


async def test_when_time_is_short_the_first_look_is_told(check: Check, root: Issued) -> None:
    shown = good(intermediate(root), expires=timedelta(seconds=-1))
    tls, looks = server_context(shown), 0

    def slow(*_: object) -> None:
        nonlocal looks
        looks += 1

    tls.sni_callback = slow  # type: ignore[assignment]
    outcome = await seen(check, tls, root, timeout=5)
    assert outcome.stage == Stage.CERTIFICATE_CHAIN_INCOMPLETE
    assert looks == 2


async def test_whether_one_is_trusted_that_nobody_verifies_is_asked_once(check: Check, root: Issued) -> None:
    from virtadmin.websites.check.checker import Checker
    from virtadmin.websites.check.outcome import Request

    handshakes = 0

    def count(*_: object) -> None:
        nonlocal handshakes
        handshakes += 1

    tls = server_context(issued(HOST, (HOST,), root))
    tls.sni_callback = count  # type: ignore[assignment]
    checker = Checker(resolve=HERE)
    async with website(OK, then_nothing(b""), tls=tls) as site:
        request = Request(
            f"https://{HOST}:{site.port}/", ca_certificates=root.pem, verify_tls=False, private_allowed=True, timeout=0.5
        )
        outcomes = [await checker.check(request) for _ in range(2)]
    assert [outcome.stage for outcome in outcomes] == [None, Stage.HEADERS_TIMEOUT]
    assert all(outcome.certificate and outcome.certificate.trusted for outcome in outcomes)
    assert handshakes == 3
