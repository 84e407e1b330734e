"""A worker that is killed in the middle of a run: the reaper ends the run and erases the secret."""

import os
import subprocess
import sys
import textwrap
import time
from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from tests.hosts.fixtures import MakeHost
from virtadmin.accounts.models import User
from virtadmin.servers import services
from virtadmin.servers.enrolment.half_made import server_for
from virtadmin.servers.models import InitialServerProfile, Server


def profile(owner: User, **fields: object) -> InitialServerProfile:
    defaults = {"ip_address": "192.0.2.1", "username": "root", "password": "s3cret"}
    return InitialServerProfile.objects.create(owner=owner, **{**defaults, **fields})


def test_the_reaper_ends_silent_runs_and_spares_living_ones(alice: User) -> None:
    now = timezone.now()
    silent = profile(alice, status="running", heartbeat=now - timedelta(seconds=61))
    silent.server = server_for(silent)
    silent.save()
    never = profile(alice, status="running")
    untaken = profile(alice, created=now - timedelta(hours=2))
    by_hand = profile(alice, created=now - timedelta(hours=2), by_hand=True)
    fresh = profile(alice, status="running", heartbeat=now - timedelta(seconds=59))
    queued = profile(alice)
    assert services.enrolments_reap(now=now) == 3
    for lost in (silent, never, untaken):
        lost.refresh_from_db()
        assert (lost.status, lost.password, lost.finished is not None) == ("failed", "", True)
    assert "worker was lost" in silent.log
    assert "No worker" in untaken.log
    assert not Server.objects.exists()
    for kept, status in ((by_hand, "pending"), (fresh, "running"), (queued, "pending")):
        kept.refresh_from_db()
        assert (kept.status, kept.password) == (status, "s3cret")
    assert services.enrolments_reap(now=now) == 0


def test_a_run_whose_worker_was_lost_while_the_clock_was_ahead_is_not_waited_for_until_that_time(alice: User) -> None:
    now = timezone.now()
    lost = profile(alice, status="running", heartbeat=now + timedelta(hours=1))
    assert services.enrolments_reap(now=now) == 0
    assert services.enrolments_reap(now=now + timedelta(seconds=59)) == 0
    assert services.enrolments_reap(now=now + timedelta(seconds=61)) == 1
    lost.refresh_from_db()
    assert (lost.status, lost.password) == ("failed", "")


def test_the_reaper_never_takes_a_server_that_was_watched_before(alice: User) -> None:
    lost = profile(alice, status="running", heartbeat=timezone.now() - timedelta(minutes=2))
    lost.server = server_for(lost)
    lost.save()
    Server.objects.update(enrolled=True)
    assert services.enrolments_reap(now=timezone.now()) == 1
    assert Server.objects.exists()


SETUP = """
    import os, sys
    os.environ["DJANGO_SETTINGS_MODULE"] = "virtadmin.config.settings"
    import django
    django.setup()
"""
WORKER = (
    SETUP
    + """
    from django.apps import apps
    from django.conf import settings
    from django.core.management import call_command
    settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}  # tables at once: it is quicker
    call_command("migrate", run_syncdb=True, verbosity=0)
    from virtadmin.accounts.models import User
    from virtadmin.servers.enrolment.run import run
    from virtadmin.servers.models import InitialServerProfile
    owner = User.objects.create_user("owner", role="operator")
    profile = InitialServerProfile.objects.create(
        owner=owner, ip_address=sys.argv[1], username="root", password="root-secret"
    )
    run(profile.pk)
"""
)
REAPER = (
    SETUP
    + """
    from datetime import timedelta
    from django.utils import timezone
    from virtadmin.servers import services
    from virtadmin.servers.models import InitialServerProfile, Server
    profile = InitialServerProfile.objects.get()
    print(profile.status, profile.password, Server.objects.count())
    services.enrolments_reap(now=timezone.now() + timedelta(seconds=61))
    profile.refresh_from_db()
    print(profile.status, profile.password, Server.objects.count(), profile.log.splitlines()[-1])
"""
)


def test_a_process_killed_for_real_is_cleaned_up_after(make_host: MakeHost, tmp_path: Path) -> None:
    host = make_host("srv-killed", "127.0.1.149")
    host.sh("mv /usr/sbin/useradd /usr/sbin/useradd.real")
    host.write_file("/usr/sbin/useradd", "#!/bin/sh\ntouch /reached\nsleep 20\n", 0o755)
    environment = {**os.environ, "VIRTADMIN_HOME": str(tmp_path)}
    words = [sys.executable, "-c", textwrap.dedent(WORKER), host.address]
    with subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL) as worker:
        until = time.monotonic() + 40
        while host.run("test", "-e", "/reached").returncode and time.monotonic() < until:
            time.sleep(0.1)
        worker.kill()
    words = [sys.executable, "-c", textwrap.dedent(REAPER)]
    told = subprocess.run(words, env=environment, capture_output=True, text=True, check=True).stdout.splitlines()
    assert told == [
        "running root-secret 1",
        "failed  0 Failed: The hub's worker was lost in the middle. Try again.",
    ]
    assert not any(b"root-secret" in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
