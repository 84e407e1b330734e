"""Telegram's Bot API (https://core.telegram.org/bots/api), as much of it as the hub needs."""
