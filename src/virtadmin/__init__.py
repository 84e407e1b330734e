"""Virtadmin watches servers over SSH and tells people, where they are, when something crosses a limit."""

__version__ = "0.1.0"
