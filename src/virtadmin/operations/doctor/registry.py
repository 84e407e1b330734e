"""Every check, in the order people should see them: what others stand on comes first."""

from virtadmin.core.registry import Registry
from virtadmin.operations.doctor.check import Check
from virtadmin.operations.doctor.checks import (
    addresses,
    channels,
    clock,
    database,
    machine,
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
    *channels.CHECKS,
    *addresses.CHECKS,
)
