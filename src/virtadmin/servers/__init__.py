"""Watched servers: how they come (enrolment), what is known of them now, how they go."""
