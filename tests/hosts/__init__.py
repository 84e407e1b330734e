"""Real Debian servers on this machine for the tests; `host` makes them, `maker` drives it from Python."""
