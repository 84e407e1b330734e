"""What docs/status-pages.md shows works, and it leaves nothing out."""

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.websites.sites import website
from virtadmin.accounts.models import User
from virtadmin.accounts.services import token_create
from virtadmin.api.status_pages import StatusPageSerializer
from virtadmin.servers.models import Server
from virtadmin.statuspages.condition import WORDS

TEXT = (Path(__file__).resolve().parents[2] / "docs/status-pages.md").read_text()
BLOCKS = re.findall(r"^```\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS = [command for block in BLOCKS for command in re.split(r"\n(?=curl )", block.strip())]
SITE = "https://virtadmin.example"


@pytest.fixture
def things(alice: User) -> dict[str, str]:
    """What stands for the numbers in the text."""
    url = website(alice, tags=("blog",))
    server = Server.objects.create(owner=alice, name="mx7", ip_address="192.0.2.1")
    return {'"url": 17': f'"url": {url.pk}', '"server": 4': f'"server": {server.pk}'}


def called(command: str, user: User, things: dict[str, str]) -> Any:
    """What the command would get."""
    for shown, there in things.items():
        command = command.replace(shown, there)
    words = shlex.split(command)
    assert words[0] == "curl"
    given = dict(zip(words[1:-1:2], words[2:-1:2], strict=True))
    client = APIClient()
    if given.get("-H") == "Authorization: Token $TOKEN":
        client.credentials(HTTP_AUTHORIZATION=f"Token {token_create(user=user)[0]}")
    method = "POST" if "--json" in given else "GET"
    return client.generic(method, words[-1].removeprefix(SITE), given.get("--json", ""), "application/json")


def test_commands_shown_work_one_after_the_other(alice: User, things: dict[str, str]) -> None:
    assert len(COMMANDS) == 5
    got = [called(command, alice, things) for command in COMMANDS]
    assert [answer.status_code for answer in got] == [201, 200, 200, 200, 200]
    assert got[0].json()["address"].endswith("/status/our-shop/")
    assert [entry["name"] for entry in got[3].json()["entries"]] == ["Shop", "Mail", "Blogs"]
    for address in re.findall(rf"{SITE}(/status/[^)\s]+)", TEXT):
        assert APIClient().get(address).status_code == 200


def test_every_field_and_every_state_is_told() -> None:
    documented = set(re.findall(r"^\| `(\w+)` \|", TEXT, re.MULTILINE))
    assert documented == {
        name for name, field in StatusPageSerializer().fields.items() if not field.read_only
    }  # fmt: skip
    assert all(re.search(rf"^\| {word} \|", TEXT, re.MULTILINE) for word in WORDS.values())
