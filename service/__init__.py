"""Knows who and what, and owns all state."""
