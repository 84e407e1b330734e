"""Enrolment where things are not as usual: no rights, several hubs, keys elsewhere, an old or odd system."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hosts.fixtures import MakeHost
from tests.hosts.maker import Host
from tests.probe.enrolling import Hub, leftovers
from tests.probe.running import answers

SETTINGS = "/etc/ssh/sshd_config.d/odd.conf"
SAMPLED = "virtadmin-probe end\n"
CLEAN = f"""
rm -rf {SETTINGS} /etc/ssh/authorized_keys /usr/local/sbin/*; kill -HUP 1
for user in virtadmin plain; do pkill -u $user; userdel -f $user; groupdel $user; rm -rf /home/$user; done
useradd --create-home --shell /bin/bash plain
"""


@pytest.fixture(scope="module")
def shared_host(make_module_host: MakeHost) -> Host:
    """A server with Python that all of these share."""
    return make_module_host("probe-places", "127.0.1.104", "bookworm", "full")


@pytest.fixture
def host(shared_host: Host) -> Iterator[Host]:
    """It, left as it was even if a test fails."""
    yield shared_host
    shared_host.run("sh", "-c", CLEAN)


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the hubs of this file keep their keys."""
    return tmp_path_factory.getbasetemp() / "places"


@pytest.fixture
def hub(folder: Path) -> Hub:
    """The first of them."""
    return Hub(folder)


def test_without_rights_it_installs_for_that_login_alone(host: Host, hub: Hub) -> None:
    outcome = hub.enrol(host, "plain")
    assert outcome.last == "@done user plain python", outcome.text
    assert hub.ask(host, "sample", login="plain").stdout.endswith(SAMPLED)
    assert hub.ask(host, "log hello", login="plain").stdout.split("\n")[1] == "logged syslog"
    assert host.sh("id virtadmin 2>&1 || :").endswith("no such user\n")
    assert host.sh("stat -c '%a %U' ~plain/.ssh ~plain/.ssh/authorized_keys").split() == [
        "700",
        "plain",
        "600",
        "plain",
    ]
    assert hub.enrol(host, "plain").last == "@done user plain python"
    assert host.sh("wc -l <~plain/.ssh/authorized_keys").strip() == "1"
    gone = hub.unenrol(host, "plain")
    assert (gone.last, gone.lines("proof")) == ("@done", ["key gone", "home gone"]), gone.text
    assert leftovers(host) == ""


def test_the_keys_of_others_stay_byte_for_byte(host: Host, hub: Hub) -> None:
    theirs = '# mine\nssh-ed25519 AAAA other@laptop\n\n  command="x" ssh-rsa BBBB \tback\\slash €\n'
    host.write_file("/home/plain/.ssh/authorized_keys", theirs, 0o640)
    host.sh("chown -R plain:plain ~plain/.ssh")
    hub.enrol(host, "plain")
    kept = host.sh("cat ~plain/.ssh/authorized_keys")
    assert kept.startswith(theirs)
    assert kept.count("\n") == theirs.count("\n") + 1
    assert host.sh("stat -c %a ~plain/.ssh/authorized_keys") == "640\n"
    hub.unenrol(host, "plain")
    assert host.sh("cat ~plain/.ssh/authorized_keys") == theirs


def test_keys_behind_a_link_stay_behind_it(host: Host, hub: Hub) -> None:
    host.sh("mkdir -m 700 ~plain/.ssh ~plain/dotfiles; ln -s ../dotfiles/keys ~plain/.ssh/authorized_keys")
    host.sh("chown -hR plain ~plain")
    host.sh("echo '# mine' >~plain/dotfiles/keys; chown plain ~plain/dotfiles/keys")
    assert hub.enrol(host, "plain").last.startswith("@done")
    assert host.sh("readlink ~plain/.ssh/authorized_keys") == "../dotfiles/keys\n"
    assert hub.ask(host, "sample", login="plain").stdout.endswith(SAMPLED)


def test_a_failing_enrolment_without_rights_leaves_the_login_as_it_was(host: Host, hub: Hub) -> None:
    host.sh("mkdir -m 700 ~plain/.ssh; echo '# mine' >~plain/.ssh/authorized_keys; chown -R plain: ~plain/.ssh")
    host.sh("printf '#!/bin/sh\\nexit 0\\n' >/usr/local/sbin/python3; chmod 755 /usr/local/sbin/python3")
    before = host.sh("cd ~plain && find . -exec ls -ld {} + | cut -c 1-40; cat .ssh/authorized_keys")
    assert hub.enrol(host, "plain").code == "first_run_failed"
    assert host.sh("cd ~plain && find . -exec ls -ld {} + | cut -c 1-40; cat .ssh/authorized_keys") == before


def test_two_hubs_and_two_servers_share_it_and_go_one_by_one(host: Host, folder: Path) -> None:
    hubs = [Hub(folder), Hub(folder, "hub-2"), Hub(folder, "hub-1", "server-2")]
    for hub in hubs:
        assert hub.enrol(host).last == "@done root virtadmin python"
    for hub in hubs[:2]:
        assert hub.ask(host, "sample").stdout.endswith(SAMPLED)
        outcome = hub.unenrol(host)
        assert (outcome.last, outcome.lines("proof")) == ("@done", ["key gone"])
        assert len(outcome.lines("left")) == 1
        assert hub.ask(host, "sample").returncode == 255
    assert hubs[2].ask(host, "sample").stdout.endswith(SAMPLED)
    assert hubs[2].unenrol(host).lines("proof") == ["key gone", "home gone", "user gone"]


def test_each_hubs_log_lines_carry_its_own_name(host: Host, hub: Hub) -> None:
    hub.enrol(host)
    hub.ask(host, "log first")
    assert "virtadmin: Our-hub: first" in host.sh("grep first /var/log/syslog")


def test_it_repairs_what_was_spoiled(host: Host, hub: Hub) -> None:
    hub.enrol(host)
    host.sh(
        "cd ~virtadmin && chown -R virtadmin . && echo 'id' >probe && echo >probe.py"
        " && rm -r .ssh/authorized_keys env/bin/python3"
        " && usermod -p '!' -s /usr/sbin/nologin -e 1 virtadmin && chown root .virtadmin-marker && rm virtadmin.log"
    )
    assert hub.ask(host, "sample").returncode != 0
    assert hub.enrol(host).last == "@done root virtadmin python"
    assert hub.ask(host, "sample").stdout.endswith(SAMPLED)
    assert host.sh("find ~virtadmin ! -user root").split() == ["/home/virtadmin/virtadmin.log"]


def test_a_home_without_programs_does(host: Host, hub: Hub) -> None:
    host.sh("mount -t tmpfs -o noexec tmpfs /home")
    outcome = hub.enrol(host)
    sample = hub.ask(host, "sample")
    hub.unenrol(host)
    host.sh("umount /home")
    assert outcome.last == "@done root virtadmin python", outcome.text
    assert sample.stdout.endswith(SAMPLED)


def test_a_server_that_loses_its_python_goes_on_answering(host: Host, hub: Hub) -> None:
    hub.enrol(host)
    host.sh("for python in /usr/bin/python3*; do mv $python $python.gone; done")
    done = hub.ask(host, "facts")
    host.sh("for python in /usr/bin/python3*.gone; do mv $python ${python%.gone}; done")
    assert "kind sh\n" in done.stdout


def test_keys_go_where_sshd_looks_for_them(host: Host, hub: Hub) -> None:
    host.write_file(SETTINGS, "AuthorizedKeysFile /etc/ssh/authorized_keys/%u\n")
    host.sh("kill -HUP 1; sleep 0.3")
    outcome = hub.enrol(host)
    assert outcome.last == "@done root virtadmin python", outcome.text
    assert "restrict" in host.sh("cat /etc/ssh/authorized_keys/virtadmin")
    assert hub.ask(host, "sample").stdout.endswith(SAMPLED)
    host.sh(f"rm {SETTINGS}; kill -HUP 1; sleep 0.3")
    assert hub.enrol(host).last == "@done root virtadmin python"
    assert hub.ask(host, "sample").stdout.endswith(SAMPLED)
    assert host.sh("cat /etc/ssh/authorized_keys/virtadmin") == "", "the key is taken from the old place"
    assert hub.unenrol(host).lines("proof") == ["key gone", "home gone", "user gone"]


def test_an_openssh_without_restrict_gets_every_restriction_by_name(host: Host, hub: Hub) -> None:
    """The real sshd, calling itself an older one when asked for its version."""
    real = (
        '#!/bin/sh\n[ "$1" != -V ] || { echo "OpenSSH_7.1p2, OpenSSL 1.0.2" >&2; exit 1; }\nexec /usr/sbin/sshd "$@"\n'
    )
    host.write_file("/usr/local/sbin/sshd", real, 0o755)
    outcome = hub.enrol(host)
    assert outcome.last == "@done root virtadmin python", outcome.text
    line = host.sh("cat ~virtadmin/.ssh/authorized_keys")
    assert line.startswith("no-pty,no-port-forwarding,no-X11-forwarding,no-agent-forwarding,no-user-rc,command=")
    assert hub.ask(host, "sample").stdout.endswith(SAMPLED)


def test_busyboxs_adduser_does_where_useradd_is_missing(host: Host, hub: Hub) -> None:
    """A stand-in that takes busybox's options alone; Debian's busybox is built without it."""
    host.write_file(
        "/usr/local/sbin/adduser",
        '#!/bin/sh\n[ "$1 $2 $3 $4 $6 $8 ${10}" = "-S -D -H -h -s -G -g" ] || exit 1\n'
        'exec /usr/sbin/kept -r -M -d "$5" -s "$7" -g "$9" -c "${11}" -p "!" "${12}"\n',
        0o755,
    )
    host.write_file("/usr/local/sbin/addgroup", '#!/bin/sh\n[ "$1" = -S ] && exec groupadd -r "$2"\n', 0o755)
    host.sh("mv /usr/sbin/useradd /usr/sbin/kept; mv /usr/sbin/usermod /usr/sbin/kept2")
    outcome = hub.enrol(host)
    host.sh("mv /usr/sbin/kept /usr/sbin/useradd; mv /usr/sbin/kept2 /usr/sbin/usermod")
    assert outcome.last == "@done root virtadmin python", outcome.text
    assert host.sh("grep ^virtadmin: /etc/shadow").startswith("virtadmin:*:")
    assert [word for word, _ in answers(hub.ask(host, "sample").stdout.encode())] == ["sample"]
