"""How the database came to be what it is, one numbered step after the other."""
