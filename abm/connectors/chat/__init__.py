"""Chats: messages about tasks by incoming webhooks, one file per provider."""
