"""Websites on the collector's rounds: who is due, the checks of a share, and what comes of them."""
