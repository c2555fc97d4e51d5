"""Webhooks as Standard Webhooks 1.0 asks for them."""

from channels.webhook.channel import WebhookChannel
from channels.webhook.signing import BadSignature, new_secret, sign, verify

__all__ = ["BadSignature", "WebhookChannel", "new_secret", "sign", "verify"]
