"""The browser and real hosts."""
