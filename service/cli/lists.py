"""`tocsin list`: mailing lists, what people consent to, who may join."""

from typing import TYPE_CHECKING, Any

import click

from service.cli.acting import pair, parsed, reading, working

if TYPE_CHECKING:
    from service.lists.models import MailingList

FLAGS = {
    "is_open": ("--open/--invite-only", "Whether anybody may ask to join."),
    "is_proposed": ("--proposed/--not-proposed", "Whether new users upstream are asked."),
    "has_archive": ("--archive/--no-archive", "Whether everybody may read its messages."),
}


def _described(command: Any) -> Any:
    """Let *command* take what a list is made of."""
    for name, (switch, words) in reversed(FLAGS.items()):
        command = click.option(switch, name, default=None, help=words)(command)
    for option, name, words in (
        ("--sender-address", "sender_address", "Mail address it writes from."),
        ("--sender-name", "sender_name", "Name it writes under."),
        ("--page", "page", "Slug of the page it is shown on."),
        ("--timezone", "timezone", "Its clock, such as Europe/Paris."),
    ):
        command = click.option(option, name, default=None, help=words)(command)
    for option, words in (
        ("--description", "What people consent to: `en=Planned works.`; repeat for each language."),
        ("--name", "What it is called: `en=Works`; repeat for each language."),
    ):
        command = click.option(option, option[2:], multiple=True, help=words)(command)
    return command


@click.group("list")
def mailing_list() -> None:
    """Manage mailing lists."""


@mailing_list.command("list")
def list_lists() -> None:
    """List the lists: name in addresses, version of its words, members, who may join."""
    from service.lists import queries  # noqa: PLC0415
    from service.subscribers.audience import Audience  # noqa: PLC0415
    from service.subscribers.queries_audience import size  # noqa: PLC0415

    with reading() as (session, _):
        for each in queries.every_list(session):
            members = size(session, Audience(lists=(each.id,), category="message"))
            joins = "open" if each.is_open else "by invitation"
            state = "retired" if each.retired_at else joins
            click.echo(f"{each.slug}\tv{each.version}\t{members} members\t{state}")


@mailing_list.command("add")
@click.argument("slug")
@_described
def add_list(slug: str, **given: Any) -> None:
    """Make a list called SLUG in addresses: SLUG@HOST, /lists/SLUG/."""
    from service.lists.editing import add_list as add  # noqa: PLC0415
    from service.lists.schemas import NewListIn  # noqa: PLC0415

    wanted = parsed(NewListIn, {"slug": slug, **_values(given)})
    with working() as uow:
        made = add(uow, wanted.slug, wanted.wish())
        click.echo(f"made {made.slug}")


@mailing_list.command("change")
@click.argument("slug")
@_described
def change_list(slug: str, **given: Any) -> None:
    """Describe SLUG anew; what is left out stays. New words on consent make a new version."""
    from service.lists import queries  # noqa: PLC0415
    from service.lists.editing import change_list as change  # noqa: PLC0415
    from service.lists.schemas import ListIn  # noqa: PLC0415

    with working() as uow:
        there = queries.any_list(uow.session, slug)
        if there is None:
            raise click.ClickException(f"there is no list {slug}")
        wanted = parsed(ListIn, {**_as_it_is(uow.session, there), **_values(given)})
        changed = change(uow, slug, wanted.wish())
        click.echo(f"{slug} is at version {changed.version}")


@mailing_list.command("retire")
@click.argument("slug")
def retire_list(slug: str) -> None:
    """Take SLUG out of use: nobody can post or join; its archive stays."""
    from service.lists import editing  # noqa: PLC0415

    with working() as uow:
        editing.retire_list(uow, slug)
    click.echo(f"{slug} is out of use")


@mailing_list.command("restore")
@click.argument("slug")
def restore_list(slug: str) -> None:
    """Take SLUG back into use."""
    from service.lists import editing  # noqa: PLC0415

    with working() as uow:
        editing.restore_list(uow, slug)
    click.echo(f"{slug} is back in use")


def _values(given: dict[str, Any]) -> dict[str, Any]:
    """What was said, by the names of the fields; the languages are those it is written in."""
    values = {key: value for key, value in given.items() if value is not None and value != ()}
    for name in ("name", "description"):
        if name in values:
            values[name] = dict(pair(each) for each in values[name])
    if "name" in values:
        values["languages"] = list(values["name"])
    return values


def _as_it_is(session: Any, there: "MailingList") -> dict[str, Any]:
    from service.lists.schemas import ListIn  # noqa: PLC0415
    from service.moderation.naming import target_slugs  # noqa: PLC0415

    _, page = target_slugs(session).get(f"page:{there.page_id}", ("", ""))
    fields = [name for name in ListIn.model_fields if name != "page"]
    return {"page": page, **{name: getattr(there, name) for name in fields}}
