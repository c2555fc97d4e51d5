"""Knows *when*: pure functions on values, without I/O and without a clock of their own."""
