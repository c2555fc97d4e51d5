"""Relays in the console."""
