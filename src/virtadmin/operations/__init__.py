"""Keeping the hub itself well: backups, its own health and metrics, the key of its stored secrets."""
