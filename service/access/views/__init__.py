"""Routes of access: signing in, one's account, the staff and their keys."""
