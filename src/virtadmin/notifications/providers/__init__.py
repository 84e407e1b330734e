"""Services reached by Apprise: who may use which, what they answered, and what that means for a message."""
