"""The suppression list and what came back, for programs and for staff."""
