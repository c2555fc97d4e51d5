"""Everything about e-mail: what a message looks like, and the relay that takes it."""
