"""`tocsin channel`: which channels there are, a package for a new one, the suite it must pass."""

import re
import sys
from pathlib import Path

import click

NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")


@click.group()
def channel() -> None:
    """List channels, begin a new one, check one."""


@channel.command("list")
def list_channels() -> None:
    """Say of each installed channel whether it is enabled and works; and if not, why."""
    from channels.registry import installed  # noqa: PLC0415
    from service.assembly import channels_at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415

    found = settings()
    with channels_at_hand(found) as registry:
        for name, owner in installed():
            if why := registry.unavailable().get(name):
                state = f"unavailable, because {' '.join(why.split())}"
            elif name in (*registry.push_names(), *registry.pull_names()):
                state = "sends" if name in registry.push_names() else "is fetched"
            else:
                state = "not enabled: name it in TOCSIN_CHANNELS"
            click.echo(f"{name}\t{owner}\t{state}")


@channel.command()
@click.argument("name")
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), default=Path(), show_default=True,
    help="The folder that gets the new one, tocsin-NAME.",
)  # fmt: skip
def new(name: str, into: Path) -> None:
    """Write a package with a channel called NAME that already passes the suite."""
    from channels.registry import installed  # noqa: PLC0415
    from service.cli.skeleton import write  # noqa: PLC0415

    if not NAME.fullmatch(name):
        raise click.ClickException(
            "NAME: use small letters, digits and single dashes, such as carrier-pigeon"
        )
    for taken, owner in installed():
        if taken == name:
            raise click.ClickException(f"channel {name!r} is there already, from {owner}")
    folder = into / f"tocsin-{name}"
    if folder.exists():
        raise click.ClickException(f"{folder} is there already")
    write(folder, name)
    click.echo(
        f"wrote {folder}; next: pip install -e '{folder}[test]' && tocsin channel check {name}"
    )


@channel.command()
@click.argument("name")
@click.option("--verbose", "-v", is_flag=True, help="Name each promise.")
def check(name: str, *, verbose: bool) -> None:
    """Run the public conformance suite on the channel NAME; it needs pytest, and no network."""
    from channels.registry import points, suite  # noqa: PLC0415

    points([name])
    target = suite(name)
    if target is None:
        raise click.ClickException(
            f"channel {name!r} brings no suite: add an entry point of the group tocsin.conformance"
        )
    sys.exit(_run(target, verbose=verbose))


def _run(target: str, *, verbose: bool) -> int:
    from tempfile import TemporaryDirectory  # noqa: PLC0415

    try:
        import pytest  # noqa: PLC0415
    except ImportError as error:
        raise click.ClickException(
            "pip install 'tocsin[conformance]': this needs pytest"
        ) from error
    with TemporaryDirectory() as folder:
        empty = Path(folder) / "pytest.ini"
        empty.write_text("[pytest]\n", "utf-8")
        options = ["-c", str(empty), "-p", "no:cacheprovider", "-v" if verbose else "-q"]
        return int(pytest.main([*options, "--pyargs", target]))
