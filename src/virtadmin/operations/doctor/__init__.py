"""`virtadmin doctor`: looks at everything the hub stands on, and says what to do (`check.py`: one look)."""
