"""Commands typed beside a service of systemd: they run with its settings and as its user, without any of it typed."""

import os
import pwd
from pathlib import Path

import environ

HOME = "/var/lib/virtadmin"
"""The data folder of the units in deploy/systemd."""


def service_become(folder: Path) -> None:
    """Take over what the services are given from the folder: `virtadmin.env`, and each file of `secrets/`.

    Whoever is root becomes the owner of the data folder, so that nothing there is root's afterwards. Raises OSError.
    """
    for path in (folder / "secrets").iterdir():
        os.environ[path.name.upper()] = path.read_text().rstrip("\r\n")
    settings = folder / "virtadmin.env"
    if settings.exists():
        environ.Env.read_env(settings, overwrite=True)  # goes before a secret, as it does in the services
    os.environ.setdefault("VIRTADMIN_HOME", HOME)
    _owner_become(Path(os.environ["VIRTADMIN_HOME"]))


def _owner_become(home: Path) -> None:
    about = home.stat()
    if os.geteuid() != 0 or about.st_uid == 0:
        return
    person = pwd.getpwuid(about.st_uid)
    os.initgroups(person.pw_name, person.pw_gid)
    os.setgid(person.pw_gid)
    os.setuid(person.pw_uid)
    os.umask(0o077)
    os.environ["HOME"] = person.pw_dir
