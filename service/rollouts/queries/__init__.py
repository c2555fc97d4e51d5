"""Every SQL statement about rollouts."""
