"""Chats: linking a person's conversation, and what can be asked and done in it. Platforms translate, nothing more."""
