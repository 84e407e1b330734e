"""Real database servers for tests and benchmarks, and what only they can show."""
