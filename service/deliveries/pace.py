"""How many are marked at once: so many are in doubt after a kill, and still leave after a pause."""

LONGEST_SECONDS = 1.0  # that a micro-batch should last


def next_size(size: int, seconds: float, most: int) -> int:
    """How many to mark after *size* took *seconds*: fewer where it is slow, later more again."""
    return max(1, size // 2) if seconds > LONGEST_SECONDS else min(most, size * 2)
