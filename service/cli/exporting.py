"""`tocsin export`: the public site as static files."""

from pathlib import Path

import click


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--url", default="", help="How the outside reaches DIR; default: TOCSIN_EXPORT_URL.")
def export(folder: Path, url: str) -> None:
    """Write pages, feeds and calendars into DIR, for a host with another provider.

    A second run touches only what changed.
    """
    from service.assembly import site_at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.exporting import Mirror, export  # noqa: PLC0415

    found = settings()
    where = (url or found.export_url).rstrip("/")
    if not where.startswith(("https://", "http://")):
        raise click.ClickException(
            "--url: say how the outside will reach DIR, such as https://status.example.net"
        )
    with site_at_hand(found) as rt:
        report = export(rt, Mirror(folder, where, found.public_url))
    click.echo(f"{report.written} written, {report.unchanged} unchanged, {report.removed} removed")
    if report.failed:
        raise click.ClickException(f"these did not answer: {', '.join(report.failed[:5])}")
