"""What people say of whom and when to tell, and of the limits servers inherit by their tags."""
