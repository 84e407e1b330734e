"""Telling people of incidents: what is told to whom and when, decided apart from what happened."""
