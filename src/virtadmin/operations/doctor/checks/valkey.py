"""Valkey (or Redis): reachable, with room, and keeping what it was given."""

from typing import Any

import redis
from django.conf import settings

from virtadmin.core import bus
from virtadmin.operations.doctor.check import Asked, Check, Finding, fail, ok, warn

FULL = 0.8


def reachable(asked: Asked) -> Finding:
    """Whether it answers."""
    try:
        said: Any = bus.connection().info("server")
    except redis.RedisError as error:
        return refusal_judge(str(error), local=settings.REDIS_URL.startswith("unix:"))
    return ok(f"{said.get('server_name', 'redis')} {said.get('valkey_version') or said.get('redis_version')} answers")


def refusal_judge(said: str, *, local: bool) -> Finding:
    """What to do about a Valkey that does not answer. `local`: at a socket, as that of `virtadmin up` is. Pure."""
    if local:
        return fail(said, "start the hub (`virtadmin up`): its own Valkey runs while that does; or mend REDIS_URL")
    if any(word in said.lower() for word in ("auth", "password")):
        return fail(said, "check the password in REDIS_URL (redis://:password@host:6379/0)")
    return fail(said, "start Valkey, or mend host and port in REDIS_URL; a firewall must let this machine through")


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
    Check("valkey", reachable, advice="check REDIS_URL"),
    Check("valkey memory", keeping, ("valkey",)),
)
