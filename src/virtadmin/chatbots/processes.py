"""The heaviest processes of a server now, in a line for a chat."""

from dataclasses import asdict

from virtadmin.collector.processes import NotTold, processes_now
from virtadmin.notifications.templatetags.messages_text import heaviest


def heaviest_now(server_id: int) -> str:
    """`mysqld 180 %, php-fpm (3) 60 %`; "" when it cannot be found out in 4 s."""
    try:
        return heaviest([asdict(process) for process in processes_now(server_id)], "cpu_usage")
    except NotTold:
        return ""
