"""Looking ahead: what is full soon."""
