"""What is done with the history."""

from virtadmin.metrics.store import history


def history_roll(*, now: float) -> None:
    """Sum up into coarser points what is over. `now`: Unix seconds."""
    history().roll(now)


def history_prune(*, now: float) -> int:
    """Delete the points that are kept no longer; how many they were. `now`: Unix seconds."""
    return history().prune(now)


def history_forget(*, subject: int) -> None:
    """Delete all that is known of a subject."""
    history().forget(subject)
