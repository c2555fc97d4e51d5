"""Routes of launches."""
