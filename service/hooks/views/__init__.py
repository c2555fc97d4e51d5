"""Routes of inbound hooks."""
