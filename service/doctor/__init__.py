"""Looks at an installation as an experienced operator would, and says what to do about it."""
