"""The queue of held messages: approval plans a rollout."""
