"""What the templates of messages can do."""
