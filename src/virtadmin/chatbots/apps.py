"""Registers the chatbots app."""

from django.apps import AppConfig
from django.conf import settings


class ChatbotsConfig(AppConfig):
    """Linking chats, and what is said in them."""

    name = "virtadmin.chatbots"
    verbose_name = "Chats"

    def ready(self) -> None:
        """Let `virtadmin status` ask after the chatbot, where there is one."""
        from virtadmin.chatbots.health import chatbot_trouble  # models cannot be imported before Django loaded them
        from virtadmin.collector.health import CHECKS

        if settings.TELEGRAM_TOKEN:
            CHECKS["chatbot"] = chatbot_trouble
