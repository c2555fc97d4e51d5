"""Mail that came in, for staff."""
