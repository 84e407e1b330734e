"""What people see of a run while it goes on."""

import orjson
import pytest
import redis
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoCaptureOnCommitCallbacks

from tests.hosts.fixtures import MakeHost
from tests.servers.runs import enrolled
from virtadmin.accounts.models import User
from virtadmin.core.bus import PREFIX
from virtadmin.servers.enrolment import log as log_module
from virtadmin.servers.enrolment.failures import RunAbandoned
from virtadmin.servers.enrolment.log import HIDDEN, RunLog, Scrubber
from virtadmin.servers.models import InitialServerProfile
from virtadmin.ssh.keys import key_pair_generate


@pytest.fixture
def running(alice: User, valkey: redis.Redis) -> InitialServerProfile:
    return InitialServerProfile.objects.create(
        owner=alice, ip_address="192.0.2.1", username="root", password="s3cret", status="running"
    )


def text(profile: InitialServerProfile) -> str:
    profile.refresh_from_db()
    return profile.log


def test_lines_are_kept_and_told_live_at_once(running: InitialServerProfile, valkey: redis.Redis) -> None:
    listener = valkey.pubsub(ignore_subscribe_messages=True)
    listener.subscribe(f"{PREFIX}profile:{running.pk}")
    listener.get_message(timeout=1)
    log = RunLog(running)
    log.write("one", "", "two", step="key")
    assert text(running) == "one\ntwo\n"
    assert (running.step, running.heartbeat is not None) == ("key", True)
    heard = [
        orjson.loads(message["data"]) for message in (listener.get_message(timeout=1) for _ in range(2)) if message
    ]
    assert heard == [{"step": "key", "line": line, "status": "running"} for line in ("one", "two")]
    listener.close()


def test_a_line_has_no_secret_and_no_terminal_commands(running: InitialServerProfile) -> None:
    RunLog(running).write("the password is s3cret\x1b[2J", "x" * 600)
    first, second = text(running).splitlines()
    assert first == f"the password is {HIDDEN} [2J"
    assert len(second) == log_module.LINE_MAX + 1


def test_a_script_gone_wild_does_not_fill_the_disk(
    running: InitialServerProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(log_module, "LOG_MAX", 10)
    log = RunLog(running)
    for _ in range(5):
        log.write("0123456789")
    assert text(running) == "0123456789\n" * 2


def test_it_says_that_the_run_is_alive_now_and_then(
    running: InitialServerProfile, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = RunLog(running)
    log.beat()
    running.refresh_from_db()
    first = running.heartbeat
    log.beat()
    running.refresh_from_db()
    assert running.heartbeat == first
    monkeypatch.setattr(log_module, "BEAT_SECONDS", 0.0)
    log.beat()
    running.refresh_from_db()
    assert running.heartbeat
    assert first
    assert running.heartbeat > first


def test_a_run_ended_by_others_writes_nothing_more(running: InitialServerProfile) -> None:
    log = RunLog(running)
    InitialServerProfile.objects.update(status="failed")
    with pytest.raises(RunAbandoned):
        log.write("too late")
    assert text(running) == ""


SECRETS = st.text("abcXYZ-+/=", min_size=1, max_size=12)


@given(SECRETS, SECRETS, st.text("abcXYZ-+/= .", max_size=60), st.text("abcXYZ-+/= .", max_size=60))
def test_no_secret_survives_wherever_it_stands(password: str, phrase: str, before: str, after: str) -> None:
    scrub = Scrubber(password=password, ssh_key="", passphrase=phrase)
    shown = scrub(f"{before}{password} {phrase}{after}")
    assert password not in shown
    assert phrase not in shown


def test_no_line_of_a_key_survives() -> None:
    key = key_pair_generate().private
    shown = Scrubber(password="", ssh_key=key, passphrase="")(f"cat: {key}")
    assert "-----BEGIN" in shown
    assert not any(line in shown for line in key.splitlines()[1:-1] if len(line) > 7)


def test_a_whole_run_is_told_live_in_order(
    make_host: MakeHost,
    alice: User,
    valkey: redis.Redis,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    listener = valkey.pubsub(ignore_subscribe_messages=True)
    listener.psubscribe(f"{PREFIX}profile:*")
    listener.get_message(timeout=1)  # the answer to the subscription
    host = make_host("srv-live", "127.0.1.148")
    with django_capture_on_commit_callbacks(execute=True):
        profile = enrolled(alice, host)
    lines, steps = [], []
    while message := listener.get_message(timeout=0.5):
        told = orjson.loads(message["data"])
        lines.append(told["line"])
        steps.append(told["step"])
    listener.close()
    assert profile.status == "succeeded", profile.log
    assert lines == profile.log.splitlines()
    [polled] = valkey.lrange("collect", 0, -1)
    assert orjson.loads(polled)["headers"]["task"] == "collector.poll_now"
    assert list(dict.fromkeys(steps)) == ["authenticate", "user", "home", "key", "environment", "first_run", "verify"]
