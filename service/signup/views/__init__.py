"""The doors of sign-up: the form, the confirmation, preferences, leaving, and the API."""
