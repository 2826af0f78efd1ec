"""Telling others of tasks: mail to the owner, Slack, Teams, and signed webhooks, one delivery a change and channel."""
