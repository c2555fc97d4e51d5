"""People and systems, their addresses, consent, filters: may we write to them."""
