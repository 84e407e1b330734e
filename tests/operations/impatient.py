"""A worker that waits for results less long than real ones until the hub says that it does no work.

All else is as it is: the same queues, the same threads.
"""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "virtadmin.config.settings")
import django

django.setup()

from virtadmin.operations import rounds  # noqa: E402  # models can be imported only now
from virtadmin.running import processes  # noqa: E402

if __name__ == "__main__":
    rounds.SLACK = 5.0
    processes.run_worker(this_machine=True)
