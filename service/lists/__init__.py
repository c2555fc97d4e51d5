"""Mailing lists: definitions, and what one consents to."""
