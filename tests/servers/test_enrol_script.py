"""The composed scripts as texts; what they do is seen on real servers in tests/probe."""

import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from virtadmin.servers.enrol_script import cleanup_line, enrol_script, probe_file, safe_name, unenrol_script

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAII6YH2DYMwDib+ml9FYfOL23wCSnEzWmEsHpoe+om103"


def composed(**changes: str) -> str:
    values = {"hub_id": "hub-1", "hub_name": "Our hub", "server_id": "7", "public_key": KEY + " a comment", **changes}
    return enrol_script(**values)


def run(script: str, *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(["sh", *words], input=script, capture_output=True, text=True, timeout=10, check=False)


def test_it_begins_with_what_it_will_do_and_for_whom() -> None:
    lines = composed().splitlines()
    assert lines[0] == "#!/bin/sh"
    first_code = next(number for number, line in enumerate(lines) if not line.startswith("#") and line)
    assert "as root" in " ".join(lines[:first_code])
    values = ["HUB_ID='hub-1'", "HUB_NAME='Our-hub'", "SERVER_ID='7'", f"PUBLIC_KEY='{KEY}'"]
    assert lines[first_code : first_code + 4] == values
    assert "shellcheck" not in "\n".join(lines[:first_code])


def test_only_its_last_line_does_anything() -> None:
    script = composed()
    assert script.endswith("\nenrol\n")
    assert run(script.removesuffix("enrol\n")).stdout == ""
    assert unenrol_script(hub_id="h", server_id="s").endswith("\nunenrol\n")


@pytest.mark.parametrize("name", ["probe.py", "probe.sh"])
def test_it_carries_the_probes_whole(name: str) -> None:
    script = composed().removesuffix("enrol\n") + name.replace(".", "_") + "\n"
    assert run(script).stdout == probe_file(name)


@pytest.mark.parametrize("script", [composed(), unenrol_script(hub_id="h", server_id="s")], ids=["enrol", "unenrol"])
def test_any_shell_can_read_it(script: str) -> None:
    assert run(script, "-n").stderr == ""


@pytest.mark.parametrize(
    "changes",
    [
        {"hub_id": "a'b"},
        {"hub_id": ""},
        {"server_id": "1 2"},
        {"server_id": "x/$d"},
        {"public_key": "hello"},
        {"public_key": "ssh-ed25519 AAAA'; id #"},
        {"public_key": 'command="id" ssh-ed25519'},
    ],
)
def test_what_could_be_read_as_a_command_is_refused(changes: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="not"):
        composed(**changes)


@given(st.text())
def test_any_name_of_a_hub_becomes_a_safe_one(name: str) -> None:
    safe = safe_name(name)
    assert 1 <= len(safe) <= 40
    assert all(character.isascii() and (character.isalnum() or character in "._-") for character in safe)
    assert safe_name(safe) == safe


def test_the_cleanup_is_one_line_that_names_the_key() -> None:
    for as_root in (True, False):
        line = cleanup_line(hub_id="hub-1", server_id="7", as_root=as_root)
        assert "\n" not in line
        assert "virtadmin:hub-1:7" in line
        assert subprocess.run(["sh", "-nc", line], check=False).returncode == 0
    assert cleanup_line(hub_id="hub-1", server_id="7").startswith("sudo ")
    with pytest.raises(ValueError, match="not"):
        cleanup_line(hub_id="a b", server_id="7")
