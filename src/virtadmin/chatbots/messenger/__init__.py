"""Messenger's side of chats: webhook events in, answers out."""
