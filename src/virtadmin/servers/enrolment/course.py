"""What every course does on its way: trust a host, log in, run a script while people watch."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from virtadmin.servers.enrolment.failures import RunFailed, ScriptFailed
from virtadmin.servers.enrolment.lines import Said
from virtadmin.servers.enrolment.log import RunLog
from virtadmin.servers.enrolment.login import Credentials, Login, log_in
from virtadmin.servers.enrolment.privilege import Way, find_way
from virtadmin.servers.enrolment.script import start_script
from virtadmin.servers.enrolment.trust import believed
from virtadmin.servers.models import InitialServerProfile
from virtadmin.ssh.host_keys import HostKey, fetch_host_keys
from virtadmin.ssh.keys import private_key_read

BATCH_SECONDS = 0.3
"""How late a line of the script may come to the log."""
SILENCE_SECONDS = 180.0
"""A script that says nothing for so long hangs (a slow disk takes some ten seconds for Python's environment)."""
LONGEST_SECONDS = 1800.0
"""How long it may take at all, however much it says: runs wait for each other."""


@dataclass
class Course:
    """One run under way. `edge` runs coroutines to their end in this thread; between them the database may be used."""

    profile: InitialServerProfile
    log: RunLog
    edge: asyncio.Runner
    shown: list[HostKey] = field(default_factory=list)
    """The host's keys, as fetched."""
    trusted: list[HostKey] = field(default_factory=list)
    """Those of them that a login may be given to."""

    def look_at_host(self, pinned: Sequence[HostKey]) -> None:
        """Fetch the host's keys and decide which to trust, before any secret is sent."""
        profile = self.profile
        self.log.write(f"Connecting to {profile.ip_address}, port {profile.port}.")
        self.shown = self.edge.run(fetch_host_keys(profile.ip_address, profile.port))
        self.log.write(*(f"Host key: {key.fingerprint} ({key.algorithm})" for key in self.shown))
        self.trusted = believed(self.shown, pinned=pinned, fingerprint=profile.host_key_fingerprint)

    @contextmanager
    def logged_in(self) -> Iterator[Login]:
        """A login with what was entered; closed on the way out."""
        profile = self.profile
        key = private_key_read(profile.ssh_key, profile.ssh_key_passphrase) if profile.ssh_key else None
        credentials = Credentials(profile.username, profile.password, key)
        login = self.edge.run(log_in(profile.ip_address, profile.port, self.trusted, credentials))
        try:
            self.log.write(f"Logged in as {profile.username}.")
            yield login
        finally:
            self.edge.run(_close(login))

    def way_to_root(self, login: Login) -> Way:
        """How the script gets the rights of root, if it can."""
        profile = self.profile
        way = self.edge.run(
            find_way(
                login.connection,
                login.hello,
                username=profile.username,
                password=profile.password,
                by_key=bool(profile.ssh_key),
            )
        )
        self.log.write(way.note)
        return way

    def run_script(self, login: Login, way: Way, text: str) -> Said:
        """Run a script to its end, its lines going to the log as they come. Raises ScriptFailed, RunFailed."""
        script = self.edge.run(start_script(login.connection, way, text))
        said, silent, until = Said(), 0.0, time.monotonic() + LONGEST_SECONDS
        while not script.ended:
            lines = self.edge.run(script.lines(BATCH_SECONDS))
            self._show(said, lines)
            silent = 0.0 if lines else silent + BATCH_SECONDS
            if silent > SILENCE_SECONDS:
                raise RunFailed("The script on the server has said nothing for three minutes, so it was given up.")
            if time.monotonic() > until:
                raise RunFailed("The script on the server did not end within half an hour, so it was given up.")
        if said.failure:
            raise ScriptFailed(said.failure[0], self.log.scrubbed(said.failure[1]))
        if script.lost or script.status is None:
            raise RunFailed(f"The connection was cut in the middle. {script.lost} Try again; nothing is half-made.")
        if said.done is None:
            last = self.log.scrubbed(" ".join(said.tail))
            raise RunFailed(f"The script ended early, with exit status {script.status}. It said: {last or 'nothing'}")
        return said

    def _show(self, said: Said, lines: list[str]) -> None:
        """Write what the lines tell, in one go for each step, so that every line stands in its own."""
        batch: list[str] = []
        for line in lines:
            before, text = said.step, said.hear(line)
            if said.step != before and batch:
                self.log.write(*batch, step=before)
                batch = []
            batch.append(text)
        if any(batch):
            self.log.write(*batch, step=said.step)
        else:
            self.log.beat()


async def _close(login: Login) -> None:
    login.connection.abort()
    await login.connection.wait_closed()
