"""Messenger's part of Meta's Graph API (https://developers.facebook.com/docs/messenger-platform)."""
