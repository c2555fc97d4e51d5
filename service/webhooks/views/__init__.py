"""Endpoints for programs, for their owners and for staff."""
