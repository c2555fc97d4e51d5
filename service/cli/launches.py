"""`tocsin launch`: launch plans from files, and how far they are."""

from pathlib import Path

import click


@click.group()
def launch() -> None:
    """Define launch plans and see how far they are."""


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
        found = report(session, seen.plan, seen.launch.publication_id)
    click.echo(seen.plan.title)
    for item in seen.items:
        note = f" ({item.mark.comment})" if item.mark and item.mark.comment else ""
        click.echo(f"  [{item.state}] {item.title or item.key}{note}")
    for seed in seen.seeds:
        click.echo(f"  test {seed.address}: {'fine' if seed.is_fine else 'open'}")
    for line in found.lines:
        value = "not yet" if line.value is None else f"{line.value:.4g}"
        click.echo(f"  {line.criterion.key}: {value}")


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
@click.option("--comment", required=True, help="What is wrong; those on standby read it.")
@click.option("--as", "email", default="", help="The member of staff who says so, by e-mail.")
def trouble(slug: str, comment: str, email: str) -> None:
    """Say that launch SLUG is in trouble: its parties on standby are told, nothing is paused."""
    from service.cli.acting import working  # noqa: PLC0415
    from service.launches.actions import declare_trouble  # noqa: PLC0415

    with working(email) as uow:
        declare_trouble(uow, slug, comment)
    click.echo(f"{slug}: noted; standby parties are told")
