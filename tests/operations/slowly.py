"""Restores a backup, but waits when all rows are in place until a file is gone: `slowly FILE`."""

import os
import sys
import time
from datetime import datetime
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "virtadmin.config.settings")
import django

django.setup()

from virtadmin.operations.backup import restoring  # noqa: E402  # models can be imported only now


def main(path: Path) -> None:
    """The looking at who is there is done as it is; only when all is loaded it is done later."""
    look, mark, looks = restoring.running_refuse, Path(os.environ["VIRTADMIN_TEST_PAUSE"]), []

    def later() -> None:
        looks.append(1)
        if len(looks) > 1:
            mark.touch()
            while mark.exists():
                time.sleep(0.05)
        look()

    restoring.running_refuse = later
    restoring.backup_restore(path, replace=True, without_key=False, now=datetime.now().astimezone())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
