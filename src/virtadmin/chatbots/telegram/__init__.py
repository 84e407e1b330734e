"""Telegram's side of chats: updates in, answers out, and how updates come: by asking, or by webhook."""
