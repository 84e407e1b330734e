"""Whether the hub itself is cut off."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from virtadmin.alerting.telling import hub_check
from virtadmin.alerting.telling.hub_check import answers, default_gateway, is_cut_off

ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t0000A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
"""
DEFAULT = "eth0\t00000000\t0100007F\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
ARP = """IP address       HW type     Flags       HW address            Mask     Device
127.0.0.1        0x1         {flags}         52:54:00:12:35:02     *        eth0
"""


@pytest.fixture
def port() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    """/proc/net of a hub whose gateway is this machine."""
    (tmp_path / "route").write_text(ROUTES + DEFAULT)
    return tmp_path


def closed_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def test_the_set_address_is_asked(settings: Any, port: int) -> None:
    settings.HUB_CHECK_ADDRESS = f"127.0.0.1:{port}"
    assert not is_cut_off()


def test_a_refusal_is_an_answer_too(settings: Any) -> None:
    settings.HUB_CHECK_ADDRESS = f"127.0.0.1:{closed_port()}"
    assert not is_cut_off()


def test_a_name_that_cannot_be_resolved_or_a_host_out_of_reach_is_none(settings: Any) -> None:
    settings.HUB_CHECK_ADDRESS = "nowhere.invalid:443"
    assert is_cut_off()


def test_silence_is_told_from_a_refusal(port: int) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        address = listener.getsockname()
        waiting = [socket.socket() for _ in range(4)]  # its queue is full, so the kernel answers no more
        for knocking in waiting:
            knocking.setblocking(False)
            knocking.connect_ex(address)
        assert answers(*address, timeout=0.3) is None
        for knocking in waiting:
            knocking.close()
    assert answers("127.0.0.1", port) is True
    assert answers("127.0.0.1", closed_port()) is True
    assert answers("nowhere.invalid", 1) is False


def test_the_default_gateway_is_found(proc: Path) -> None:
    assert default_gateway(proc) == "127.0.0.1"
    (proc / "route").write_text(ROUTES)
    assert default_gateway(proc) is None
    assert default_gateway(proc / "nowhere") is None


def test_a_gateway_that_refuses_is_there(proc: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub_check, "DNS_PORT", closed_port())
    assert not is_cut_off(proc=proc)


@pytest.mark.parametrize(("flags", "cut_off"), [("0x2", False), ("0x0", True), (None, True)])
def test_a_gateway_that_says_nothing_is_there_if_it_answered_to_arp(
    proc: Path, monkeypatch: pytest.MonkeyPatch, flags: str | None, cut_off: bool
) -> None:
    monkeypatch.setattr(hub_check, "answers", lambda *_: None)
    if flags:
        (proc / "arp").write_text(ARP.format(flags=flags))
    assert is_cut_off(proc=proc) is cut_off


@pytest.mark.parametrize(("state", "cut_off"), [("up", False), ("down", True), (None, True)])
def test_without_a_gateway_what_counts_is_whether_a_network_is_plugged_in(
    tmp_path: Path, state: str | None, cut_off: bool
) -> None:
    for name, operstate in (("lo", "unknown"), ("eth0", state)):
        if operstate:
            (tmp_path / "net" / name).mkdir(parents=True)
            (tmp_path / "net" / name / "operstate").write_text(f"{operstate}\n")
    assert is_cut_off(proc=tmp_path, interfaces=tmp_path / "net") is cut_off
    assert is_cut_off(proc=tmp_path, interfaces=tmp_path / "nowhere")
