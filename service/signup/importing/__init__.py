"""Subscribers from a file and into one: `tocsin subscribers import|export`."""
