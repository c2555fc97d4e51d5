"""`tocsin demo`: a whole story on sample data, with the plan's clock accelerated."""

import sys
from pathlib import Path

import click


@click.command()
@click.option("--once", is_flag=True, help="End after the summary; its last line is JSON.")
@click.option(
    "--speed", type=click.FloatRange(1, 50_000), default=7_000, show_default=True,
    help="How many times faster than real clocks the plan's runs.",
)  # fmt: skip
@click.option(
    "--subscribers", type=click.IntRange(50, 20_000), default=5_000, show_default=True,
    help="How many people to invent.",
)  # fmt: skip
@click.option("--bind", default="", help="Where to listen; default: a free port of this machine.")
@click.option(
    "--data-dir", type=click.Path(file_okay=False, path_type=Path),
    help="Where to keep everything; default: a folder that goes with the demo.",
)  # fmt: skip
def demo(*, once: bool, speed: float, subscribers: int, bind: str, data_dir: Path | None) -> None:
    """Tell 5 000 invented people around the globe of a maintenance, and show it live.

    The plan's clock runs thousands of times too fast, everything else is as in earnest.
    """
    from service.demo.playing import Options, play  # noqa: PLC0415

    sys.exit(play(Options(once, speed, subscribers, bind, data_dir)))
