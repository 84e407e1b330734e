"""Asks probes and makes observations: rounds, the keeper of open channels, ingest."""
