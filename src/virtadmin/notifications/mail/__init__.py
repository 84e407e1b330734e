"""Emails: how one is composed, and the conversation with the mail server."""
