"""The checks, by what they look at. `doctor/registry.py` lists them."""
