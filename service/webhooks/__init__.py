"""Endpoints after they have proved themselves: settings, health, console, replay, operators'."""
