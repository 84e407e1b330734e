"""What people see of a run while it goes on: its log, kept and shown live, without any secret they entered."""

import time
from collections.abc import Iterable

from django.utils import timezone

from virtadmin.servers.enrolment.failures import RunAbandoned
from virtadmin.servers.enrolment.outcome import appended
from virtadmin.servers.live import run_moved, run_said
from virtadmin.servers.models import InitialServerProfile

Status = InitialServerProfile.Status
LINE_MAX = 500
LOG_MAX = 200_000
"""Characters; what comes after is not kept (a script gone wild shall not fill the hub's disk)."""
BEAT_SECONDS = 5.0
HIDDEN = "•••"
KEY_LINE_MIN = 8
"""Shorter lines of a key's body tell nothing and could be any word."""


class Scrubber:
    """Takes entered secrets out of text."""

    def __init__(self, *, password: str, ssh_key: str, passphrase: str) -> None:
        body = (line.strip() for line in ssh_key.splitlines())
        lines = [line for line in body if len(line) >= KEY_LINE_MIN and not line.startswith("-----")]
        secrets = filter(None, (password, passphrase, *lines))
        self._secrets = sorted(set(secrets), key=len, reverse=True)  # so that none hides a part of a longer one

    def __call__(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return text


class RunLog:
    """The log of one run. A write also says that the run is alive; it raises RunAbandoned if others ended it."""

    def __init__(self, profile: InitialServerProfile) -> None:
        self._profile_id = profile.pk
        self._scrub = Scrubber(
            password=profile.password, ssh_key=profile.ssh_key, passphrase=profile.ssh_key_passphrase
        )
        self._step: str = profile.step
        self._size = len(profile.log)
        self._beaten = 0.0

    def scrubbed(self, text: str) -> str:
        """The text as it may be shown: one line, no secret, no terminal commands."""
        line = "".join(c if c.isprintable() else " " for c in self._scrub(text)).rstrip()
        return line if len(line) <= LINE_MAX else line[:LINE_MAX] + "…"

    def write(self, *texts: str, step: str = "") -> None:
        """Append lines; `step` if a new one begins with them."""
        self._write([self.scrubbed(text) for text in texts if text.strip()], step or self._step)

    def beat(self) -> None:
        """Say that the run is alive, if it has not been said for a while."""
        if time.monotonic() - self._beaten > BEAT_SECONDS:
            self._write([], self._step)

    def _write(self, lines: Iterable[str], step: str) -> None:
        lines = list(lines)
        kept = lines if self._size <= LOG_MAX else []
        changes = {"log": appended("\n".join(kept))} if kept else {}
        running = InitialServerProfile.objects.filter(pk=self._profile_id, status=Status.RUNNING)
        if not running.update(heartbeat=timezone.now(), step=step, **changes):
            raise RunAbandoned
        moved = step != self._step or not self._beaten
        self._beaten, self._step = time.monotonic(), step
        self._size += sum(map(len, kept))
        for line in lines:
            run_said(self._profile_id, step=step, line=line, status=Status.RUNNING)
        if moved:
            run_moved(self._profile_id)
