"""The live stream: what just happened, told to open pages as server-sent events."""
