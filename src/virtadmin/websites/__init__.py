"""Websites: the addresses that are checked, and how one is checked (`check`, which knows no Django)."""
