"""What is done with the history."""

from virtadmin.metrics.store import history

RAW_SECONDS = 48 * 3600
"""How long each single observation is kept."""
PRUNE_BATCH = 100
"""Subjects a transaction: some thousand points when pruned hourly."""


def history_prune(*, now: float) -> int:
    """Delete the points that are older than raw ones are kept; how many they were. `now`: Unix seconds."""
    return history().prune(now - RAW_SECONDS, PRUNE_BATCH)
