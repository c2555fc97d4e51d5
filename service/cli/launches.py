"""`tocsin launch`: launch plans from files, and how far they are."""

from pathlib import Path

import click

from service.cli.acting import person, working


@click.group()
def launch() -> None:
    """Define launch plans, tick what is done, test, and see how far they are."""


@launch.command("list")
def list_launches() -> None:
    """List the launch plans: name, checks done, what still blocks approval."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.launches import queries  # noqa: PLC0415
    from service.launches.standing import standing  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.read() as session:
        for each in (standing(session, found) for found in queries.launches(session)):
            blocked = ", ".join(each.blocking) or "ready"
            click.echo(f"{each.plan.slug}\t{each.done}/{len(each.items)}\t{blocked}")


@launch.command()
@click.argument("slug")
def show(slug: str) -> None:
    """Print launch SLUG: its checklist, its tests, its report."""
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.launches.finding import found_launch  # noqa: PLC0415
    from service.launches.reporting import report  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.read() as session:
        seen = found_launch(session, slug)
        found = report(session, seen)
    click.echo(seen.plan.title)
    for item in seen.items:
        note = f" ({item.mark.comment})" if item.mark and item.mark.comment else ""
        title = f": {item.title}" if item.title else ""
        click.echo(f"  [{item.state}] {item.key}{title}{note}")
    for seed in seen.seeds:
        click.echo(f"  test {seed.address}: {'fine' if seed.is_fine else 'open'}")
    for line in found.lines:
        value = "not yet" if line.value is None else f"{line.value:.4g}"
        click.echo(f"  {line.criterion.key}: {value}")
    for trouble in found.trouble:
        click.echo(f"  {trouble.at:%Y-%m-%d %H:%M:%SZ} {trouble.kind} {trouble.comment}")


@launch.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def apply(file: Path) -> None:
    """Make launch plans be what FILE (YAML, one plan or a list) says; ticks and tests stay."""
    import yaml  # noqa: PLC0415

    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.launches import actions  # noqa: PLC0415
    from service.launches.plan import LaunchPlan  # noqa: PLC0415
    from service.web.forms import parse  # noqa: PLC0415

    try:
        document = yaml.safe_load(file.read_text())
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{file}: this is no YAML: {error}") from None
    given = document if isinstance(document, list) else [document]
    plans = [parse(LaunchPlan, each) for each in given]
    with at_hand(settings()) as rt, rt.work("cli") as uow:
        for plan in plans:
            actions.apply(uow, plan)
    for plan in plans:
        click.echo(f"applied {plan.slug}")


@launch.command()
@click.argument("slug")
@click.argument("check")
@click.option("--comment", default="", help="What was done; it stands beside the check.")
@person
def tick(slug: str, check: str, comment: str, email: str) -> None:
    """Note that CHECK of launch SLUG is done."""
    from service.launches import actions  # noqa: PLC0415

    with working(email) as uow:
        actions.tick(uow, slug, check, comment)
    click.echo(f"{slug}: {check} is done")


@launch.command()
@click.argument("slug")
@click.argument("check")
@click.option("--comment", required=True, help="Why it may be left out.")
@person
def waive(slug: str, check: str, comment: str, email: str) -> None:
    """Go without CHECK of launch SLUG, for a reason."""
    from service.launches import actions  # noqa: PLC0415

    with working(email) as uow:
        actions.waive(uow, slug, check, comment)
    click.echo(f"{slug}: goes without {check}")


@launch.command()
@click.argument("slug")
@click.argument("check")
@click.option("--comment", default="", help="Why it is open again.")
@person
def reopen(slug: str, check: str, comment: str, email: str) -> None:
    """Take the tick or the waiver of CHECK of launch SLUG back."""
    from service.launches import actions  # noqa: PLC0415

    with working(email) as uow:
        actions.reopen(uow, slug, check, comment)
    click.echo(f"{slug}: {check} is open again")


@launch.command()
@click.argument("slug")
@person
def test(slug: str, email: str) -> None:
    """Send the content of launch SLUG as it is to each seed address that lacks it."""
    from service.assembly import channels_at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.launches import actions  # noqa: PLC0415

    with channels_at_hand(settings()) as channels, working(email) as uow:
        sent = actions.send_tests(uow, channels, slug)
    click.echo(f"{slug}: {sent} sent; `tocsin launch show {slug}` tells what has arrived")


@launch.command()
@click.argument("slug")
@click.argument("address")
@person
def seen(slug: str, address: str, email: str) -> None:
    """Note that the test of launch SLUG, with this very content, was seen at ADDRESS."""
    from service.launches import actions  # noqa: PLC0415

    with working(email) as uow:
        actions.acknowledge(uow, slug, address)
    click.echo(f"{slug}: seen at {address}")


@launch.command()
@click.argument("slug")
@click.option("--comment", required=True, help="What is wrong; those on standby read it.")
@person
def trouble(slug: str, comment: str, email: str) -> None:
    """Say that launch SLUG is in trouble: its parties on standby are told, nothing is paused."""
    from service.launches import actions  # noqa: PLC0415

    with working(email) as uow:
        actions.declare_trouble(uow, slug, comment)
    click.echo(f"{slug}: noted; standby parties are told")
