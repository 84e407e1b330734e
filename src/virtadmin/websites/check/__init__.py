"""One check of one website, from its address to an `Outcome`: asynchronous, and nothing of Django or the database."""
