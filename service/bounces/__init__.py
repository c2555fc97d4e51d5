"""What comes back, and what follows for the health of addresses."""
