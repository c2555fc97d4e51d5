"""What can be done with endpoints."""
