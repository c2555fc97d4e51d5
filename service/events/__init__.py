"""Incidents, maintenances, actions required, announcements and their updates."""
