"""Routes of messages to lists."""
