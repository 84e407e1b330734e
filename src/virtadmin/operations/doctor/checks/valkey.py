"""Valkey (or Redis): reachable, with room, and keeping what it was given."""

from typing import Any

from virtadmin.core import bus
from virtadmin.operations.doctor.check import Asked, Check, Finding, ok, warn

FULL = 0.8


def reachable(asked: Asked) -> Finding:
    """Whether it answers."""
    said: Any = bus.connection().info("server")
    return ok(f"{said.get('server_name', 'redis')} {said.get('valkey_version') or said.get('redis_version')} answers")


def keeping(asked: Asked) -> Finding:
    """Whether tasks in it are safe from being thrown out to make room."""
    said: Any = bus.connection().info("memory")
    return keeping_judge(str(said.get("maxmemory_policy", "")), int(said["used_memory"]), int(said.get("maxmemory", 0)))


def keeping_judge(policy: str, used: int, most: int) -> Finding:
    """Whether it keeps what it has while it runs: what it loses when it ends can all be made again. Pure."""
    if most and used > FULL * most:
        return warn(f"{used / most:.0%} of its memory is used", "raise maxmemory, or find out what fills it")
    if most and policy.startswith("allkeys"):
        return warn(f"it throws out anything to make room ({policy})", "set maxmemory-policy noeviction")
    return ok(f"{used / 1024 / 1024:.0f} MiB used, {policy or 'no policy'}")


CHECKS = (
    Check("valkey", reachable, advice="check REDIS_URL; with `virtadmin up` it runs while the hub runs"),
    Check("valkey memory", keeping, ("valkey",)),
)
