"""`virtadmin chatbot` as processes of their own: one answers, another takes over, and each ends at once."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.fakes.telegram import TOKEN, BotApi

SLOW = 60.0
"""Seconds; a busy machine starts a process in ten or more."""
Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start(valkey_server: str, tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def begin(**environment: str) -> "subprocess.Popen[str]":
        kept = {name: value for name, value in os.environ.items() if not name.startswith("DJANGO_")}
        given = {**kept, "VIRTADMIN_HOME": str(tmp_path), "REDIS_URL": valkey_server, **environment}
        command = [sys.executable, "-m", "virtadmin", "chatbot"]
        started.append(subprocess.Popen(command, env=given, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield begin
    for process in started:
        process.kill()
        process.wait()
        assert process.stderr
        process.stderr.close()


def waits_for_poll(telegram: BotApi) -> None:
    with telegram.lock:
        assert telegram.lock.wait_for(lambda: telegram.polling == 1, SLOW), "nobody asks Telegram"


def test_another_takes_over_when_one_is_ended(start: Start) -> None:
    with BotApi() as telegram:
        settings = {"TELEGRAM_TOKEN": TOKEN, "TELEGRAM_API_URL": telegram.url}
        first = start(**settings)
        waits_for_poll(telegram)
        second = start(**settings)
        begun = time.monotonic()
        first.send_signal(signal.SIGTERM)
        assert first.wait(SLOW) == 0
        assert time.monotonic() - begun < 5
        with telegram.lock:  # who takes over learns the bot's name first
            assert telegram.lock.wait_for(lambda: [name for name, _ in telegram.calls].count("getMe") == 2, SLOW)
        waits_for_poll(telegram)
        second.send_signal(signal.SIGINT)
        second.wait(SLOW)
        for process in (first, second):
            assert TOKEN not in process.communicate()[1]


def test_without_a_token_it_says_so_and_ends(start: Start) -> None:
    process = start(TELEGRAM_TOKEN="")
    assert process.wait(SLOW) == 1
    assert process.communicate()[1] == "virtadmin: TELEGRAM_TOKEN is not set: there is no bot to be.\n"
