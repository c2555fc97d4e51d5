"""Knows how a message reaches someone. A plugin author imports `channels.base` and nothing else."""
