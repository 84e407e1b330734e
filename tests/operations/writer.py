"""Counts up in several tables at once, each time in one transaction: `writer FILE`, until the file is there.

The first table in a backup and the last one agree only where both were read as of the same moment.
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "virtadmin.config.settings")
import django

django.setup()

from django.db import transaction  # noqa: E402  # models can be imported only now

from virtadmin.accounts.models import User  # noqa: E402
from virtadmin.notifications.models import Notification  # noqa: E402
from virtadmin.servers.models import Server, Tag  # noqa: E402


def main(stop: Path) -> None:
    """Prints how far it came."""
    number = 0
    while not stop.exists():
        number += 1
        with transaction.atomic():
            User.objects.filter(username="bob").update(last_name=str(number))
            Server.objects.filter(name="web1").update(username=str(number))
            Tag.objects.filter(name__startswith="count").delete()
            Tag.objects.create(name=f"count {number}")
            Notification.objects.update(title=str(number))
        if number == 1:
            print("begun", flush=True)
    print(number)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
