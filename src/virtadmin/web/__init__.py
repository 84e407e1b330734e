"""Pages, their fragments and the live stream."""
