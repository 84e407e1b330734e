"""One channel a file; `notifications.registry` lists them."""
