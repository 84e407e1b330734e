"""Public status pages: what of the servers and websites anybody may know."""
