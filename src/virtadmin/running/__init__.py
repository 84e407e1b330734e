"""The hub as running processes: preparing them, what each does, and keeping them together."""
