"""Redirects of real servers: followed to their end, and nothing secret goes along."""

import asyncio

import pytest

from tests.websites.check.conftest import Check
from tests.websites.check.servers import OK, names, website
from tests.websites.tls_authority import Issued, issued, server_context
from virtadmin.websites.check.stages import Stage

SECRET = {"X-Api-Key": "key-1234", "Authorization": "Bearer token-5678", "Cookie": "session=9012"}


def to(location: str, status: int = 302, more: str = "") -> bytes:
    """An answer that leads there."""
    return f"HTTP/1.1 {status} Moved\r\nX-Empty:\r\nLocation: {location}\r\n{more}Content-Length: 0\r\n\r\n".encode()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_it_is_followed_and_shown(check: Check, status: int) -> None:
    async with website(to("/here", status), to("there?x=1", status), OK) as site:
        base = f"http://127.0.0.1:{site.port}"
        outcome = await check(f"{base}/")
    assert (outcome.stage, outcome.status) == (None, 200)
    assert [(hop.uri, hop.status, hop.to) for hop in outcome.redirects] == [
        (f"{base}/", status, f"{base}/here"),
        (f"{base}/here", status, f"{base}/there?x=1"),
    ]
    assert [request.split()[1] for request in site.requests] == ["/", "/here", "/there?x=1"]


async def test_it_is_an_answer_like_others_where_it_is_not_followed(check: Check) -> None:
    async with website(to("/here")) as site:
        judged = await check(f"http://127.0.0.1:{site.port}/", follow_redirects=False)
        wanted = await check(f"http://127.0.0.1:{site.port}/", follow_redirects=False, statuses=((302, 302),))
    assert (judged.stage, judged.status, wanted.stage) == (Stage.STATUS, 302, None)


async def test_one_that_names_no_place_is_an_answer_like_others(check: Check) -> None:
    async with website(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n") as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/")
    assert outcome.stage == Stage.STATUS


async def test_a_circle_is_found_at_once(check: Check) -> None:
    async with website(to("/b"), to("/a"), to("/b")) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/a")
    assert (outcome.stage, len(outcome.redirects), len(site.requests)) == (Stage.REDIRECT_LOOP, 2, 2)
    assert outcome.reason == f"It is sent in a circle, again to http://127.0.0.1:{site.port}/a."


async def test_ten_are_followed_and_no_more(check: Check) -> None:
    async with website(*(to(f"/{number}") for number in range(10)), OK) as site:
        assert (await check(f"http://127.0.0.1:{site.port}/")).stage is None
    async with website(*(to(f"/{number}") for number in range(11)), OK) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/")
    assert (outcome.stage, len(site.requests)) == (Stage.TOO_MANY_REDIRECTS, 11)


@pytest.mark.parametrize("location", ["ftp://x.example/", "file:///etc/passwd", "http://[::1", "http://a b/"])
async def test_one_that_leads_to_no_website_is_told(check: Check, location: str) -> None:
    async with website(to(location)) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/")
    assert (outcome.stage, outcome.status) == (Stage.REDIRECT_INVALID, 302)
    assert f"“{location}”" in outcome.reason


async def test_a_page_that_tests_for_cookies_is_no_circle(check: Check) -> None:
    async with website(to("/", more="Set-Cookie: seen=yes; Path=/; HttpOnly\r\n"), OK) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/")
    assert outcome.stage is None
    assert "Cookie: seen=yes\r\n" in site.requests[1]


@pytest.mark.parametrize(("status", "method"), [(301, "GET"), (302, "GET"), (303, "GET"), (307, "POST"), (308, "POST")])
async def test_what_was_posted_is_posted_again_only_where_that_is_meant(check: Check, status: int, method: str) -> None:
    async with website(to("/here", status), OK) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/", method="POST", body=b"name=value")
    assert outcome.stage is None
    assert site.requests[0].endswith("Content-Length: 10\r\n\r\nname=value")
    assert site.requests[1].startswith(f"{method} /here ")
    assert site.requests[1].endswith("name=value") == (method == "POST")


async def test_head_stays_head(check: Check) -> None:
    async with website(to("/here", 303), OK) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/", method="HEAD")
    assert (outcome.stage, site.requests[1].split()[0]) == (None, "HEAD")


@pytest.mark.parametrize("status", [302, 307])
async def test_nothing_secret_goes_to_another_origin(check: Check, status: int) -> None:
    secret = {"headers": SECRET, "username": "me", "password": "word", "method": "POST", "body": b"body-3456"}
    async with website(OK) as other, website(to(f"http://127.0.0.1:{other.port}/x", status)) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/", **secret)
    assert outcome.stage is None
    for value in ("key-1234", "token-5678", "session=9012", "body-3456"):
        assert value in site.requests[0]
        assert value not in other.requests[0]
    assert "authorization" not in other.requests[0].lower()


async def test_user_info_in_a_redirect_is_neither_sent_nor_shown(check: Check) -> None:
    async with website(OK) as other, website(to(f"http://me:word@127.0.0.1:{other.port}/x")) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/")
    assert outcome.stage is None
    assert "uthorization" not in other.requests[0]
    assert "word" not in repr(outcome)


async def test_who_comes_back_to_the_website_has_its_headers_again(check: Check) -> None:
    async def back(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(to(f"http://127.0.0.1:{site.port}/back"))

    async with website(back) as sign_on, website(to(f"http://127.0.0.1:{sign_on.port}/login"), OK) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/", headers={"X-Api-Key": "key-1234"})
    assert outcome.stage is None
    assert ["key-1234" in request for request in site.requests] == [True, True]
    assert "key-1234" not in sign_on.requests[0]


async def test_a_hint_says_why_the_other_origin_does_not_let_it_in(check: Check) -> None:
    denied = b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n"
    async with website(denied) as other, website(to(f"http://127.0.0.1:{other.port}/x")) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/", username="me", password="word")
    assert (outcome.stage, outcome.status) == (Stage.STATUS, 401)
    assert outcome.reason.startswith(f"Redirected to 127.0.0.1:{other.port}: HTTP 401 Unauthorized;")
    assert "give the address that it leads to" in outcome.hint


async def test_an_address_is_judged_again_where_a_redirect_leads(check: Check) -> None:
    async with website(to("http://169.254.169.254/latest/meta-data/")) as site:
        outcome = await check(f"http://127.0.0.1:{site.port}/")
    assert outcome.stage == Stage.FORBIDDEN_ADDRESS
    assert outcome.reason.endswith("The hub does not ask 169.254.169.254: it is a cloud's metadata service.")


async def test_a_name_whose_address_changes_meanwhile_is_judged_each_time(check: Check) -> None:
    async with website(to("/again")) as site:
        rebinding = names(shop_example=["127.0.0.1", "169.254.169.254"])
        outcome = await check(f"http://shop.example:{site.port}/", resolve=rebinding)
    assert (outcome.stage, len(outcome.redirects), len(site.requests)) == (Stage.FORBIDDEN_ADDRESS, 1, 1)


async def test_the_certificate_is_that_of_the_website_itself(check: Check, root: Issued) -> None:
    mine = server_context(issued("mine", ("shop.example",), root))
    theirs = server_context(issued("theirs", ("other.example",), root))
    here = names(shop_example="127.0.0.1", other_example="127.0.0.1")
    async with website(OK, tls=theirs) as other, website(to(f"https://other.example:{other.port}/"), tls=mine) as site:
        outcome = await check(f"https://shop.example:{site.port}/", resolve=here, ca_certificates=root.pem)
        async with website(to(f"https://shop.example:{site.port}/")) as plain:
            by_http = await check(f"http://shop.example:{plain.port}/", resolve=here, ca_certificates=root.pem)
    assert [outcome.stage, by_http.stage] == [None, None]
    assert [found.certificate and found.certificate.subject for found in (outcome, by_http)] == ["mine", "mine"]
    assert outcome.phases.tls


async def test_a_certificate_elsewhere_that_is_bad_says_where(check: Check, root: Issued) -> None:
    theirs = server_context(issued("theirs", ("other.example",), None))
    here = names(shop_example="127.0.0.1", other_example="127.0.0.1")
    async with website(OK, tls=theirs) as other, website(to(f"https://other.example:{other.port}/")) as site:
        outcome = await check(f"http://shop.example:{site.port}/", resolve=here, ca_certificates=root.pem)
    assert (outcome.stage, outcome.certificate) == (Stage.CERTIFICATE_SELF_SIGNED, None)
    assert outcome.reason.startswith(f"Redirected to other.example:{other.port}: ")


def test_the_password_is_not_in_what_a_request_prints() -> None:
    from virtadmin.websites.check.outcome import Request

    assert "word" not in repr(Request("https://shop.example/", username="me", password="word"))
    assert "key-1234" not in repr(Request("https://shop.example/", headers=SECRET))
