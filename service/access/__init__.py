"""API keys, staff accounts, sessions, signed links, idempotency: who may call a view."""
