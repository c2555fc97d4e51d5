"""Double opt-in, the preference page, one-click unsubscribe."""
