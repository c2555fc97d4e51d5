"""Routes of pages."""
