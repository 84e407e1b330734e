"""The proxies of docs/proxy.md, as they stand there, each before a real hub: all that a person and a browser need."""

import http.client
import json
import re
import socket
import ssl
import subprocess
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.hosts.fixtures import hosts_or_skip
from tests.hosts.maker import SCRIPT
from tests.running.hub import Hub, free_port, until
from tests.test_proxies import example
from tests.websites.tls_authority import issued, root

pytestmark = [pytest.mark.timeout(300), pytest.mark.xdist_group("proxies")]
NAME, CLIENT = "virtadmin.example.org", "127.0.0.77"
"""The site's name, and the address that requests come from here."""
AUTHORITY = root()
LONG = 700_000
"""Bytes: a list to import is about as long at most."""


def nginx(site: str, port: int) -> str:
    places = ["pid /srv/pid;", "events {}", "daemon off;", "http {", "access_log off;"]
    places += [f"{kind}_temp_path /srv/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")]
    return "\n".join([*places, site.replace("listen 443", f"listen 127.0.0.1:{port}"), "}"])


def caddy(site: str, port: int) -> str:
    own = site.replace("{", "{\n\ttls /srv/virtadmin.pem /srv/virtadmin.key", 1)
    return f"{{\n\tadmin off\n\thttps_port {port}\n\tauto_https disable_redirects\n}}\n{own}"


def apache(site: str, port: int) -> str:
    modules = ("mpm_event", "authz_core", "ssl", "socache_shmcb", "headers", "proxy", "proxy_http")
    main = [f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in modules]
    main += ["PidFile /srv/pid", "ErrorLog /srv/errors", "Mutex file:/srv", "DefaultRuntimeDir /srv"]
    main += [f"Listen 127.0.0.1:{port}", f"ServerName {NAME}"]
    return "\n".join([*main, site.replace("*:443", f"*:{port}")])


def haproxy(site: str, port: int) -> str:
    return site.replace("bind :443", f"bind 127.0.0.1:{port}")


Fitted = Callable[[str, int], str]
PROXIES: dict[str, tuple[Fitted, str]] = {
    "nginx": (nginx, "/usr/sbin/nginx -e stderr -p /srv -c /srv/config"),
    "caddy": (caddy, "caddy run --config /srv/config --adapter caddyfile"),
    "apache": (apache, "/usr/sbin/apache2 -f /srv/config -D FOREGROUND"),
    "haproxy": (haproxy, "/usr/sbin/haproxy -f /srv/config"),
}
"""What fits the example to this test (ports, folders; no line of ours is touched), and what starts it."""


class Behind(Hub):
    """A hub that sends everybody who comes by plain HTTP to its public address."""

    def answers(self) -> bool:
        assert self.process
        assert self.process.poll() is None, self.log
        with urllib.request.urlopen(f"http://{self.listen}/healthz", timeout=5) as answer:
            return bool(answer.status == 200)


class Browser:
    """Asks over TLS, from an address of its own, and keeps cookies."""

    def __init__(self, port: int) -> None:
        self.origin = f"https://{NAME}:{port}"
        self.port, self.cookies, self.token = port, dict[str, str](), ""
        self._trusts = ssl.create_default_context(cadata=AUTHORITY.pem)

    def line(self) -> http.client.HTTPConnection:
        """A new connection."""
        made = http.client.HTTPConnection(NAME, self.port, timeout=30)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=30, source_address=(CLIENT, 0))
        made.sock = self._trusts.wrap_socket(plain, server_hostname=NAME)
        return made

    def send(self, line: http.client.HTTPConnection, method: str, path: str, body: str | None, **headers: str) -> None:
        """Send a request as a page of the site would."""
        given = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()), **headers}
        if method != "GET":
            given["Origin"] = self.origin
        line.request(method, path, body, given)

    def ask(self, method: str, path: str, body: str | None = None, **headers: str) -> tuple[int, str, Message]:
        """Status, text and headers of an answer."""
        line = self.line()
        try:
            self.send(line, method, path, body, **headers)
            answer = line.getresponse()
            text = answer.read().decode()
        finally:
            line.close()
        for cookie in answer.headers.get_all("Set-Cookie", []):
            assert "Secure" in cookie
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        return answer.status, text, answer.headers

    def form(self, path: str, fields: dict[str, str], **headers: str) -> int:
        """Send a form; the answer's status."""
        page = self.ask("GET", path)[1]
        [token] = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[:1]
        body = urlencode({**fields, "csrfmiddlewaretoken": token})
        return self.ask("POST", path, body, **{"Content-Type": "application/x-www-form-urlencoded", **headers})[0]


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    port = free_port()
    settings = {"PUBLIC_URL": f"https://{NAME}:{port}", "TRUSTED_PROXIES": "1", "ACCESS_LOG": "true"}
    made = Behind(tmp_path_factory.mktemp("hub"), **settings)
    try:
        yield made.start()
    finally:
        made.stop()


@contextmanager
def before(hub: Hub, kind: str, folder: Path) -> Iterator[Browser]:
    """The hub behind a proxy of this kind."""
    hosts_or_skip()
    port = int(hub.environment["PUBLIC_URL"].rpartition(":")[2])
    own = issued(NAME, (NAME,), AUTHORITY)
    folder.chmod(0o777)
    (folder / "virtadmin.pem").write_text(own.pem)
    (folder / "virtadmin.key").write_text(own.key_pem)
    (folder / "virtadmin-with-key.pem").write_text(own.pem + own.key_pem)
    fitted, command = PROXIES[kind]
    site = example(kind).replace("/etc/ssl/virtadmin", "/srv/virtadmin").replace("127.0.0.1:8000", hub.listen)
    (folder / "config").write_text(fitted(site, port))
    with (folder / "said").open("wb") as said:
        running = subprocess.Popen(
            [SCRIPT, "within", str(folder), "bookworm", kind, *command.split()], stdout=said, stderr=said
        )
    browser = Browser(port)

    def answers() -> bool:
        assert running.poll() is None, (folder / "said").read_text()
        return browser.ask("GET", "/login/")[0] == 200

    try:
        until(answers, 60, f"{kind}: {(folder / 'said').read_text()}")
        yield browser
    finally:
        running.kill()  # what it started goes with it
        running.wait(20)


@pytest.mark.parametrize("kind", PROXIES)
def test_a_person_gets_all_of_the_hub_through_it(hub: Hub, kind: str, tmp_path: Path) -> None:
    with before(hub, kind, tmp_path) as browser:
        _signs_in(hub, browser)
        _live_events_come_at_once(browser)
        _the_hub_knows_the_address(hub, browser)
        _a_long_request_arrives(browser)


def _signs_in(hub: Hub, browser: Browser) -> None:
    status, _, headers = browser.ask("GET", "/")
    assert (status, headers["Location"]) == (302, "/login/?next=/")
    assert browser.form("/login/", {"username": "admin", "password": hub.password}) == 302
    status, page, headers = browser.ask("GET", "/")
    assert (status, "Sign in" in page) == (200, False)
    assert headers["Strict-Transport-Security"]
    assert {"sessionid", "csrftoken"} <= set(browser.cookies)


def _live_events_come_at_once(browser: Browser) -> None:
    """Each piece of the stream passes while it goes on."""
    line = browser.line()
    try:
        browser.send(line, "GET", "/live/", None, **{"Accept-Encoding": "gzip"})
        answer = line.getresponse()
        assert answer.headers["Content-Type"] == "text/event-stream"
        assert _read_until(answer, b"event: ready")
        json_body = {"Content-Type": "application/json", "X-CSRFToken": browser.cookies["csrftoken"]}
        [server] = json.loads(browser.ask("GET", "/api/server/")[1])["results"]
        status, said, _ = browser.ask("PATCH", f"/api/server/{server['id']}/", '{"interval": 5}', **json_body)
        assert status == 200, said
        assert _read_until(answer, b"event: servers")
    finally:
        line.close()


def _read_until(answer: http.client.HTTPResponse, wanted: bytes) -> bool:
    """Read on until this line comes; the connection's patience is 30 seconds."""
    while line := answer.readline():
        if line.startswith(wanted):
            return True
    return False


def _the_hub_knows_the_address(hub: Hub, browser: Browser) -> None:
    """And believes nobody who says another one of themselves."""
    browser.ask("GET", "/api/server/404404/", **{"X-Forwarded-For": "203.0.113.9"})
    said = [line for line in hub.log.splitlines() if "GET /api/server/404404/" in line][-1]
    assert f" ms {CLIENT} " in said, said


def _a_long_request_arrives(browser: Browser) -> None:
    headers = {"Content-Type": "application/json", "X-CSRFToken": browser.cookies["csrftoken"]}
    status, said, answer = browser.ask("POST", "/api/server-imports/", json.dumps({"text": "x" * LONG}), **headers)
    assert "json" in answer["Content-Type"], (status, said[:200])
