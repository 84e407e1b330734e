"""The proxies' configuration that is shipped and shown: the real programs take it as it is."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.hosts.fixtures import hosts_or_skip
from tests.hosts.maker import SCRIPT
from tests.running.hub import free_port
from tests.websites.tls_authority import root

ROOT = Path(__file__).resolve().parents[1]


def checked(folder: Path, variant: str, *command: str) -> str:
    """What the program of a Debian system says of the file in the folder, which it sees at /srv."""
    hosts_or_skip()
    folder.chmod(0o777)
    done = subprocess.run(
        [SCRIPT, "within", str(folder), "bookworm", variant, *command],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def example(language: str) -> str:
    """The only block of this language in docs/proxy.md."""
    [block] = re.findall(rf"^```{language}\n(.*?)^```", (ROOT / "docs/proxy.md").read_text(), re.MULTILINE | re.DOTALL)
    return str(block)


@pytest.mark.parametrize("public_url", ["https://localhost", "https://localhost:8443", "https://status.example.org"])
def test_caddy_takes_the_front_of_compose(tmp_path: Path, public_url: str) -> None:
    (tmp_path / "Caddyfile").write_text((ROOT / "deploy/Caddyfile").read_text())
    said = checked(
        tmp_path, "caddy", "env", f"PUBLIC_URL={public_url}",
        "caddy", "validate", "--config", "/srv/Caddyfile", "--adapter", "caddyfile",
    )  # fmt: skip
    assert "Valid configuration" in said
    assert "not formatted" not in said


def test_caddy_takes_the_example(tmp_path: Path) -> None:
    (tmp_path / "Caddyfile").write_text(example("caddy"))
    said = checked(tmp_path, "caddy", "caddy", "validate", "--config", "/srv/Caddyfile", "--adapter", "caddyfile")
    assert "Valid configuration" in said
    assert "not formatted" not in said


def test_nginx_takes_the_example(tmp_path: Path) -> None:
    own = root("virtadmin.example.org")
    (tmp_path / "virtadmin.pem").write_text(own.pem)
    (tmp_path / "virtadmin.key").write_text(own.key_pem)
    site = example("nginx").replace("/etc/ssl/virtadmin", "/srv/virtadmin")
    site = site.replace("listen 443", f"listen 127.0.0.1:{free_port()}")  # it tries to, and is nobody here
    places = ["pid /srv/pid;", "events {}", "http {", "access_log off;"]
    places += [f"{kind}_temp_path /srv/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")]
    (tmp_path / "nginx.conf").write_text("\n".join([*places, site, "}"]))
    said = checked(tmp_path, "nginx", "/usr/sbin/nginx", "-t", "-e", "stderr", "-p", "/srv", "-c", "/srv/nginx.conf")
    assert "test is successful" in said
