"""Who did what, when and why; everyone writes it."""
