"""What docs/websites.md shows works, and it leaves nothing out."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from rest_framework.test import APIClient

from tests.websites.sites import website
from virtadmin.accounts.models import User
from virtadmin.accounts.services import token_create
from virtadmin.api.website_fields import UrlSerializer
from virtadmin.websites.check.stages import Stage
from virtadmin.websites.models import Url

TEXT = (Path(__file__).resolve().parents[2] / "docs/websites.md").read_text()
BLOCKS = re.findall(r"^```\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)
COMMANDS = [command for block in BLOCKS for command in re.split(r"\n(?=curl )", block)]
SITE = "https://virtadmin.example"


def called(client: APIClient, command: str, url: Url) -> Any:
    """What the command would get, of this website instead of the one with the number 17."""
    words = shlex.split(command)
    assert words[0] == "curl"
    given = dict(zip(words[1::2], words[2::2], strict=False))
    assert given["-H"] == "Authorization: Token $TOKEN"
    method = given.get("-X", "POST" if "--json" in given else "GET")
    address = words[-1].removeprefix(SITE).replace("/17/", f"/{url.pk}/")
    return client.generic(method, address, given.get("--json", ""), "application/json")


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_shown_work(command: str, alice: User, valkey: object) -> None:
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Token {token_create(user=alice)[0]}")
    assert called(client, command, website(alice)).status_code in (200, 201, 202)


def test_there_are_examples() -> None:
    assert len(COMMANDS) == 9


def test_every_field_is_explained_and_no_other() -> None:
    rows = re.findall(r"^\| `([a-z_]+)` \|", TEXT.replace("| stage |", "\0").partition("\0")[0], re.MULTILINE)
    assert len(rows) == len(set(rows))
    assert set(rows) == {*UrlSerializer().fields}


def test_defaults_are_as_they_are() -> None:
    shown = dict(re.findall(r"^\| `([a-z_]+)` \| `([^`]+)` \|", TEXT, re.MULTILINE))
    assert len(shown) > 8
    for name, default in shown.items():
        stored = Url._meta.get_field(name).get_default()
        assert default == (json.dumps(stored) if not isinstance(stored, str) else stored), name


def test_every_stage_is_explained() -> None:
    stages = TEXT.partition("| stage |")[2].partition("## ")[0]
    assert sorted(re.findall(r"`([a-z_]+)`", stages)) == sorted(Stage)
