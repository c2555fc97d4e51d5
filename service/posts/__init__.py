"""Messages sent to lists."""
