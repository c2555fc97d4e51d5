"""Every SQL statement about deliveries."""
