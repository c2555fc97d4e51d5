"""Frozen content with its hash: what was approved is what is sent."""
