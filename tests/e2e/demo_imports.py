"""Two imports for the demo: one to be chosen from, one that has ended with every outcome."""

from datetime import datetime

from virtadmin.accounts.models import User
from virtadmin.servers.models import InitialServerProfile, Server, ServerImport
from virtadmin.servers.services import import_create

LIST = """shop1 root@203.0.113.101 tags=shop,eu SHA256:{given}
shop2 root@203.0.113.102 tags=shop,eu SHA256:{given}
shop3 203.0.113.103:2222 tags=shop
shop4 203.0.113.104
web2 203.0.113.11
ssh -J gate inner
shop6 root@203.0.113.106:99999"""
GIVEN, SHOWN = "g" * 43, "s" * 43
REFUSED = "Nothing listens on port 22, or a firewall refuses. Check the port and that sshd is running."


def imports(owner: User, servers: dict[str, Server], now: datetime) -> None:
    """Numbers 1 and 2."""
    for started in (None, now):
        batch = import_create(actor=owner, text=LIST.format(given=GIVEN))
        batch.rows.update(looked=True, shown=[["ssh-ed25519", f"SHA256:{SHOWN}"]])
        batch.rows.filter(name="shop1").update(shown=[["ssh-ed25519", f"SHA256:{GIVEN}"]])
        batch.rows.filter(name="shop4").update(shown=[], refusal=REFUSED)
        if started:
            ServerImport.objects.filter(pk=batch.pk).update(started=started)
            _ended(batch, owner, servers["web1"], now)


def _ended(batch: ServerImport, owner: User, server: Server, now: datetime) -> None:
    ends = {
        "shop1": {"status": "succeeded", "server": server},
        "shop2": {"status": "failed", "log": "Failed: The server rejected the login of root. Check the password.\n"},
        "shop3": {"status": "running", "step": "environment", "heartbeat": now},
    }
    for name, fields in ends.items():
        row = batch.rows.get(name=name)
        run = InitialServerProfile.objects.create(owner=owner, ip_address=row.ip_address, port=row.port, **fields)
        batch.rows.filter(pk=row.pk).update(profile=run)
