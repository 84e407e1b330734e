"""Local servers that behave as the providers' published documents say, errors included."""
