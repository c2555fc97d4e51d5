"""`tocsin demo`: a whole story on sample data, with the plan's clock accelerated."""

import click


@click.command()
def demo() -> None:
    """Play a rollout to 5 000 sample subscribers and keep the service open to look at."""
