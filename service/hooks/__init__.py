"""Inbound hooks: monitoring tools open, update and resolve incidents."""
