"""Faults in a seeded order under a whole hub of real processes: `make soak`."""
