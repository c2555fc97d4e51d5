"""The public site: reads all, nobody calls it."""
