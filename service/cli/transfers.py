"""`tocsin import statuspage` and `tocsin everything`: in from elsewhere, out as files."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from service.transfers.plan import Plan

MOST = 200  # refusals told one by one


@click.group("import")
def import_pages() -> None:
    """Take over what another status page exports."""


@import_pages.command("statuspage")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--page", required=True, help="The page it goes to, by its name in addresses.")
@click.option(
    "--language", type=click.Choice(("en", "fr")), default="en", show_default=True,
    help="The language it was written in.",
)  # fmt: skip
@click.option(
    "--consent-text", default="",
    help="What its subscribers agreed to there; without it they are asked by mail.",
)  # fmt: skip
@click.option("--apply", "is_applied", is_flag=True, help="Take it over; default: a preview.")
def take_over(
    files: tuple[Path, ...], page: str, language: str, consent_text: str, *, is_applied: bool
) -> None:
    """Take components, incidents and subscribers over from Statuspage.

    FILES are answers of its v2 or v1 API (JSON), its CSV exports, zip files or folders of them.
    Nobody is told of what is past; a second time changes nothing.
    """
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.transfers import reading  # noqa: PLC0415
    from service.transfers.plan import Wish  # noqa: PLC0415
    from service.transfers.taking import preview, take  # noqa: PLC0415

    content = reading.at(files)
    wish = Wish(page, language, consent_text.strip())
    with at_hand(settings()) as rt:
        plan = take(rt, "cli", content, wish) if is_applied else preview(rt, content, wish)
    _tell(plan)
    if not is_applied:
        click.echo("this was a preview: nothing was changed; --apply takes it over")


@click.command()
@click.argument("place", metavar="ZIP|DIR", type=click.Path(path_type=Path))
def everything(place: Path) -> None:
    """Write all there is to a zip file or a folder: pages, events, lists, people, consents.

    Secrets are left out. It holds people's addresses: keep it as you keep the database.
    """
    from service.assembly import at_hand  # noqa: PLC0415
    from service.cli.settings import settings  # noqa: PLC0415
    from service.transfers.takeout import write  # noqa: PLC0415

    with at_hand(settings()) as rt, rt.read() as session:
        count = write(session, rt.clock(), place)
    click.echo(f"{count} files in {place}")


def _tell(plan: "Plan") -> None:
    from service.transfers.plan import Verdict  # noqa: PLC0415
    from service.web.i18n import translate  # noqa: PLC0415

    for (kind, verdict, why), count in plan.counts().items():
        reason = f": {translate('en', f'transfers.why.{why}')}" if why else ""
        click.echo(f"{verdict}\t{count} {kind}{'s' if count > 1 else ''}{reason}")
    for step in plan.of(Verdict.REFUSED)[:MOST]:
        reason = translate("en", f"transfers.why.{step.why}")
        click.echo(f"refused {step.kind} {step.name}: {reason} {step.detail}".rstrip(), err=True)
