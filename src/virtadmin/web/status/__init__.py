"""Status pages as anybody sees them: HTML, JSON and a badge, drawn from a snapshot alone."""
