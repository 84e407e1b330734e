"""Messages for people: who gets them, over which channel, and that they arrive."""
