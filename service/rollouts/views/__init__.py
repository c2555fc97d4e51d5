"""Routes of rollouts."""
