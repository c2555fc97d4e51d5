"""What can be done on the way in: ask, decide what to mail, answer, prove an endpoint."""
