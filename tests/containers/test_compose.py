"""All of deploy/compose.yaml at once, from an empty folder; the tests follow on each other, as a person's days do."""

import http.client
import http.server
import json
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.containers.stack import IMAGE, PROJECT, SERVICES, Stack, documented, podman
from tests.fakes.telegram import TOKEN, BotApi
from tests.hosts.maker import LOGINS, Host
from tests.running.hub import until

pytestmark = pytest.mark.timeout(600)
HOSTS = [f"10.99.0.{number}" for number in range(1, 5)]
"""Servers to watch: addresses of this test's own network namespace, which containers reach over their gateway."""
WORKERS = """
import os; os.environ["DJANGO_SETTINGS_MODULE"] = "virtadmin.config.settings"
from virtadmin.collector.workers import workers_live
print([[worker.counters["open"], worker.counters["checks"]["polls"]] for worker in workers_live()])
"""
NO_CAPABILITY, LOW_PORTS = f"{0:016x}", f"{1 << 10:016x}"
WEBSITES = 30
"""So many that no worker is left without one by the hash that shares them."""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    made = Stack(tmp_path_factory.mktemp("containers"))
    made.end("--volumes")  # what an interrupted run may have left
    try:
        made.up()
        yield made
    finally:
        made.end("--volumes")


@pytest.fixture(scope="module")
def hosts() -> Iterator[list[Host]]:
    made = []
    for address in HOSTS:
        subprocess.run(["ip", "address", "replace", f"{address}/32", "dev", "lo"], check=True)
        made.append(Host(f"contained-{address.rpartition('.')[2]}", address, variant="py").start())
    yield made
    for host in made:
        host.stop()


@pytest.fixture
def site() -> Iterator[str]:
    """A website at the first of these addresses."""
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(Path(__file__).parent / "caddy"))
    server = http.server.ThreadingHTTPServer((HOSTS[0], 8081), handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://{HOSTS[0]}:8081/"
    server.shutdown()
    thread.join()
    server.server_close()


def workers(stack: Stack) -> list[list[int]]:
    """Of each live worker, how many servers it holds and how many checks of websites it made."""
    return list(json.loads(stack.in_core("python", "-c", WORKERS)))


def servers(stack: Stack) -> list[dict[str, object]]:
    status, answer, _ = stack.ask("GET", "/api/server/")
    assert status == 200, answer
    return list(answer["results"])


def still_asked(stack: Stack) -> None:
    """Each server is asked anew: its key could be read."""
    last = {server["id"]: server["last_update"] for server in servers(stack)}
    until(lambda: all(server["last_update"] != last[server["id"]] for server in servers(stack)), 120, "fresh numbers")
    assert {server["status"] for server in servers(stack)} == {"up"}


def test_every_service_runs_and_the_page_comes_over_tls(stack: Stack) -> None:
    assert {name.removeprefix(f"{PROJECT}_").rpartition("_")[0] for name in stack.containers()} == set(SERVICES)
    status, page, headers = stack.ask("GET", "/login/")
    assert (status, "Sign in" in page) == (200, True)
    assert headers["Strict-Transport-Security"]
    plain = http.client.HTTPConnection("localhost", 80, timeout=10)
    plain.request("GET", "/login/")
    answer = plain.getresponse()
    assert (answer.status, answer.headers["Location"]) == (308, "https://localhost/login/")


def test_the_first_admin_is_made_once_and_signs_in(stack: Stack) -> None:
    said = stack.in_core("virtadmin", "admin")
    password = said.strip().rpartition(" ")[2]
    assert "there are users already" in stack.in_core("virtadmin", "admin", check=False)
    status, answer, _ = stack.ask("POST", "/api/auth/token/", {"username": "admin", "password": password})
    assert status == 200, answer
    stack.token = answer["token"]
    assert stack.ask("GET", "/api/me/")[1]["username"] == "admin"
    assert not any(password in podman("logs", name) for name in stack.containers("core"))


def test_real_servers_are_enrolled_and_asked(stack: Stack, hosts: list[Host]) -> None:
    for host in hosts:
        body = {
            "ip_address": host.address,
            "port": 22,
            "username": "root",
            "password": LOGINS["root"],
            "name": host.name,
        }
        status, answer, _ = stack.ask("POST", "/api/initial-server-profile/", body)
        assert status == 201, answer
    until(lambda: len(servers(stack)) == len(hosts), 120, "every enrolment")
    until(lambda: all(server["status"] == "up" for server in servers(stack)), 120, "every server up")
    until(lambda: all(server["cpu_usage"] is not None for server in servers(stack)), 120, "numbers")
    for server in servers(stack):
        stack.ask("PATCH", f"/api/server/{server['id']}/", {"interval": 5})


def test_three_celery_containers_share_the_work(stack: Stack, hosts: list[Host], site: str) -> None:
    for number in range(WEBSITES):
        status, answer, _ = stack.ask("POST", "/api/urls/", {"uri": f"{site}?{number}", "interval": 10})
        assert status == 201, answer
    stack.compose("up", "--detach", "--scale", "celery=3")
    assert len(stack.containers("celery")) == 3

    def shared() -> bool:
        found = workers(stack)
        return len(found) == 3 and sum(held for held, _ in found) == len(hosts) and all(checks for _, checks in found)

    until(shared, 120, "each of three workers at work")
    gone = stack.containers("celery")[-1]
    podman("kill", gone)
    until(lambda: len(workers(stack)) == 2 and sum(held for held, _ in workers(stack)) == len(hosts), 60, "standing in")


def test_nobody_is_root_and_nothing_can_be_written(stack: Stack) -> None:
    for name in stack.containers():
        [about] = json.loads(podman("inspect", name))
        assert about["HostConfig"]["ReadonlyRootfs"], name
        uid = podman("exec", name, "sh", "-c", "grep -h ^Uid: /proc/[0-9]*/status").split()
        assert "0" not in uid, f"{name}: {uid}"
        granted = podman("exec", name, "sh", "-c", "grep -h ^CapEff: /proc/[0-9]*/status").split()
        allowed = {NO_CAPABILITY, LOW_PORTS} if name in stack.containers("caddy") else {NO_CAPABILITY}
        assert {word for word in granted if word != "CapEff:"} <= allowed, f"{name}: {granted}"
        assert "Read-only" in podman("exec", name, "sh", "-c", "echo x > /etc/hostname2", check=False)


def test_no_secret_is_in_what_podman_tells(stack: Stack) -> None:
    secrets = {path.name: path.read_text() for path in (stack.folder / "secrets").iterdir() if path.read_text()}
    redis = secrets.pop("redis_conf").removeprefix("requirepass ")
    assert secrets["redis_url"] == f"redis://:{redis}@redis:6379/0"
    secrets["redis"] = redis
    own = {"db_password", "db_root_password", "database_url", "redis_url", "secret_key", "secrets_key", "redis"}
    assert set(secrets) == own
    told = "".join(podman("inspect", name) + podman("logs", name) for name in stack.containers())
    told += "".join(podman("exec", name, "sh", "-c", "cat /proc/[0-9]*/cmdline") for name in stack.containers())
    for name in stack.containers():  # MySQL's image takes its own two into the environment of its process
        told += podman("exec", name, "sh", "-c", "cat /proc/[0-9]*/environ") if "_db_" not in name else ""
    assert [name for name, text in secrets.items() if text in told] == []


def test_valkey_lets_nobody_in_without_its_password(stack: Stack) -> None:
    [redis] = stack.containers("redis")
    assert "NOAUTH" in podman("exec", redis, "valkey-cli", "ping")


def test_everything_survives_down_and_up(stack: Stack) -> None:
    before = {server["id"]: server["name"] for server in servers(stack)}
    stack.end()
    assert stack.containers() == []
    stack.up()
    assert {server["id"]: server["name"] for server in servers(stack)} == before
    still_asked(stack)


def test_an_installation_without_the_newest_secrets_gets_them_and_keeps_the_others(tmp_path: Path) -> None:
    made = Stack(tmp_path)
    secrets = made.folder / "secrets"
    before = {path.name: path.read_text() for path in secrets.iterdir()}
    for name in ("redis_conf", "redis_url"):
        (secrets / name).unlink()
    made.type("./prepare")
    after = {path.name: path.read_text() for path in secrets.iterdir()}
    assert {name for name in before if before[name] != after[name]} == {"redis_conf", "redis_url"}
    assert {path.stat().st_mode & 0o777 for path in secrets.iterdir()} == {0o444}
    assert secrets.stat().st_mode & 0o777 == 0o700


def test_a_new_key_for_stored_secrets_as_documented(stack: Stack) -> None:
    old = (stack.folder / "secrets/secrets_key").read_text()
    before = {name: podman("inspect", "--format", "{{.State.StartedAt}}", name) for name in stack.containers()}
    said = stack.type(documented("operations.md", "./prepare new-key"))
    assert f"All {len(HOSTS)} stored secrets are by the key" in said
    new = (stack.folder / "secrets/secrets_key").read_text()
    assert old not in new
    assert re.fullmatch(r"\w{40}", new)
    assert sorted(path.name for path in (stack.folder / "secrets").iterdir() if "key" in path.name) == [
        "secret_key", "secrets_key",
    ]  # fmt: skip
    still_asked(stack)
    after = {name: podman("inspect", "--format", "{{.State.StartedAt}}", name) for name in stack.containers()}
    assert after == before, "nothing was started again"


def test_new_passwords_as_documented(stack: Stack) -> None:
    names = ("secret_key", "redis_conf", "redis_url", "db_password", "database_url")
    before = {name: (stack.folder / "secrets" / name).read_text() for name in names}
    stack.type(documented("operations.md", "rm -f secrets/secret_key"))
    stack.settle()
    stack.type(documented("operations.md", "rm -f secrets/db_password"))
    stack.settle()
    assert [name for name in names if (stack.folder / "secrets" / name).read_text() == before[name]] == []
    still_asked(stack)


def test_a_lost_machine_comes_back_as_documented(stack: Stack) -> None:
    before = {server["id"]: server["name"] for server in servers(stack)}
    stack.type(documented("operations.md", "docker compose exec -T core virtadmin backup"))
    stack.end("--volumes")
    shutil.rmtree(stack.folder / "secrets")
    stack.type(documented("operations.md", "./prepare\nrm -f secrets/secrets_key").replace(" --build", ""))
    stack.settle()
    assert {server["id"]: server["name"] for server in servers(stack)} == before
    still_asked(stack)


def test_the_chatbot_comes_with_its_profile(stack: Stack, hosts: list[Host]) -> None:
    with BotApi(host=HOSTS[0]) as api:
        (stack.folder / "secrets/telegram_token").unlink()
        (stack.folder / "secrets/telegram_token").write_text(TOKEN)
        with (stack.folder / ".env").open("a") as settings:
            settings.write(f"COMPOSE_PROFILES=chatbot\nTELEGRAM_API_URL={api.url}\n")
        stack.type("docker compose up --detach --force-recreate")
        stack.settle()
        [name] = stack.containers("chatbot")
        until(lambda: stack.healthy(name), 120, "health of the bot")
        with api.lock:
            assert api.lock.wait_for(lambda: api.polling == 1, 60), "nobody asks Telegram"


def test_the_image_alone_is_a_whole_hub(tmp_path: Path) -> None:
    name = f"{PROJECT}-alone"
    run = ["run", "--detach", "--name", name, "--read-only", "--tmpfs", "/tmp", "--volume", f"{name}:/data"]
    podman("rm", "--force", name, check=False)
    podman("volume", "rm", name, check=False)
    try:
        podman(*run, "--publish", "127.0.0.1:8800:8000", IMAGE)
        until(lambda: "Sign in as admin with the password" in podman("logs", name), 240, "the first password")
        assert "Virtadmin is at http://localhost:8000/ " in podman("logs", name)
        until(lambda: "well" in podman("exec", name, "virtadmin", "healthy", "web", check=False), 120, "the page")
        line = http.client.HTTPConnection("127.0.0.1", 8800, timeout=10)
        line.request("GET", "/login/")
        assert line.getresponse().status == 200
        line.close()
    finally:
        podman("rm", "--force", name, check=False)
        podman("volume", "rm", name, check=False)


def test_the_image_holds_no_tools_to_build_with() -> None:
    found = podman(
        "run", "--rm", "--entrypoint", "sh", IMAGE, "-c", "ls /opt/virtadmin/bin; command -v npm gcc node; true"
    )
    assert not {"pip", "hatchling", "npm", "node", "gcc"} & {Path(line).name for line in found.splitlines()}
