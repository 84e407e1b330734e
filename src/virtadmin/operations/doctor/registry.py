"""Every check, in the order people should see them: what others stand on comes first."""

from virtadmin.core.registry import Registry
from virtadmin.operations.doctor.check import Check
from virtadmin.operations.doctor.checks import (
    addresses,
    chats,
    clock,
    database,
    machine,
    mail,
    queues,
    secrets,
    valkey,
    work,
)

CHECKS: Registry[Check] = Registry(
    *machine.CHECKS,
    *database.CHECKS,
    *secrets.CHECKS,
    *valkey.CHECKS,
    *clock.CHECKS,
    *work.CHECKS,
    *queues.CHECKS,
    *mail.CHECKS,
    *chats.CHECKS,
    *addresses.CHECKS,
)
