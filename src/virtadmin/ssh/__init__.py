"""SSH: connections, host keys, authentication, and the local transport that stands in for it on this machine."""
