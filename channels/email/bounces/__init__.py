"""Understands the mails that come back: bounces, complaints, automatic replies."""
